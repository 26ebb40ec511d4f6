"""What known matches of a project tell of how many counterparts its entities may have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgreview.graph.cardinality import Tally
from kgreview.graph.links import Links
from kgreview.graph.pair_rows import pair_rows
from kgreview.graph.schema import TypePair
from kgreview.graph.suggestion import tally_of_types
from kgreview.pipeline.project import SPLITS, Project
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome


def matches_tell(
    project: Project, decisions: Sequence[Decision], types: tuple[TypePair, ...]
) -> dict[TypePair, Tally]:
    """Count by pair of types entities with several counterparts, by links and by ``decisions``."""
    matched = pair_rows(
        project.left, project.right, (d for d in decisions if d.outcome is Outcome.MATCH)
    )
    accepted = Links.of_file(matched.left, matched.right, np.ones(len(matched), np.int8))
    stated = (project.stated_links(split) for split in SPLITS)
    return tally_of_types(project.left, project.right, Links.concatenate(*stated, accepted), types)
