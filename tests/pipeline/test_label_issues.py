"""Which known links the model of label doubts learns from besides decisions."""

from __future__ import annotations

import numpy as np

from kgreview.pipeline.label_issues import _linked
from tests.films import MakeFilms


def test_gold_links_tell_of_all_candidates_of_their_entities_beside_rejections(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0", "l1 r9"], ["l5 s5 0", "l6 r1 0"], valid=[["l2 r2"]])
    candidates = project.candidates()
    left, right = (np.asarray(side, dtype=np.int64) for side in (candidates.left, candidates.right))
    where, label = _linked(project, left, right)
    found = {
        f"{project.left.id(int(left[at]))} {project.right.id(int(right[at]))}": said
        for at, said in zip(where.tolist(), label.tolist(), strict=True)
    }
    assert found == {"l0 r0": 1, "l0 s0": 0, "l1 r1": 0, "l1 s1": 0, "l5 s5": 0}
