"""Scores that somebody else's program gave, as a row of a benchmark's table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.aligner.baselines.dataset import Dataset
from kgreview.arrays import Bools, Floats, Ints
from kgreview.errors import InputError
from kgreview.evaluation.ranks import ScoredPairs
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import pair_keys
from kgreview.graph.readers.id_forms import no_entity
from kgreview.graph.readers.tables import Check, is_table, read_table, row_number
from kgreview.progress import Notice, Progress, silent

_COLUMNS = ("left", "right", "score")
_NO_SCORE = "{} is not a number; write one, such as 0.25"


@dataclass(frozen=True, eq=False)
class GivenScores:
    """The pairs of a file and their scores."""

    name: str  # of the row
    path: Path
    pairs: ScoredPairs

    def on_candidates(self, data: Dataset) -> tuple[Floats, Bools]:
        """Give the scores of all candidates, (candidates,), and which have one in the file.

        Those without stand below all with one, level with each other.
        """
        keys = pair_keys(self.pairs.left, self.pairs.right)
        order = np.argsort(keys)
        wanted = pair_keys(data.left, data.right)
        at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        place = order[at]
        given = keys[place] == wanted
        below = np.nextafter(self.pairs.score.min(), -np.inf)
        return np.where(given, self.pairs.score[place], below), given

    def tell(self, data: Dataset, tested: Ints, notice: Notice) -> int:
        """Say how many pairs have no score, and how many are no candidates; gives the former.

        ``tested``: positions of the tested candidates. Of these pairs without a score are counted.
        """
        _, given = self.on_candidates(data)
        without = int((~given[tested]).sum())
        if not given.all():
            notice(
                f"{self.name}: {without:,} of the {len(tested):,} tested pairs and "
                f"{int((~given).sum()):,} of all {len(data):,} candidates have no score in "
                f"{self.path}; they stand below all that have one"
            )
        if more := len(self.pairs.left) - int(given.sum()):
            notice(
                f"{self.name}: {more:,} pairs of {self.path} are no candidates here; they count "
                "in the ranks among all entities alone"
            )
        return without


def scores_option(given: str) -> tuple[str, Path]:
    """Read ``NAME=FILE``. Raises ``InputError`` where it is not so."""
    name, _, file = given.partition("=")
    if not name.strip() or not file.strip():
        raise InputError(f"--scores {given}: give a name and a file, as mine=scores.tsv")
    return name.strip(), Path(file.strip())


def read_scores(
    name: str,
    path: Path,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
) -> GivenScores:
    """Read a table with the columns ``left``, ``right`` (ids) and ``score``.

    A pair stated twice alike counts once. Raises ``InputError`` for an id that does not exist,
    what is no finite number, a pair with two scores, and whatever ``read_table`` refuses.
    """
    if not path.is_file():
        raise InputError.at(path, "there is no such file; give a table with left, right, score")
    if not is_table(path):
        raise InputError.at(path, "is no .tsv, .csv or .parquet file, plain or .gz; rename it")
    parts: list[tuple[Ints, Ints, Floats]] = []
    for rows in read_table(path, _COLUMNS, stage=f"read scores of {name}", progress=progress):
        lefts, rights = left.rows(rows.columns["left"]), right.rows(rows.columns["right"])
        scores = _numbers(rows.columns["score"])
        rows.refuse(
            _unknown("left", lefts, left),
            _unknown("right", rights, right),
            Check("score", ~np.isfinite(scores), _NO_SCORE),
        )
        parts.append((lefts, rights, scores))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    first = _first_of_each(path, *columns)
    return GivenScores(name, path, ScoredPairs(*(column[first] for column in columns)))


def _unknown(side: str, rows: Ints, graph: KnowledgeGraph) -> Check:
    wrong = rows < 0
    more = f"; so it is with {int(wrong.sum()) - 1:,} more of these rows" if wrong.sum() > 1 else ""
    remedy = f"correct it or drop the row{more}"
    return Check(side, wrong, partial(no_entity, ids=graph.ids, remedy=remedy, side=side))


def _numbers(texts: pa.ChunkedArray) -> Floats:
    """Read numbers, nan where a text is none."""
    trimmed = pc.utf8_trim_whitespace(texts)
    try:
        return np.asarray(trimmed.cast(pa.float64()), dtype=np.float64)
    except pa.ArrowInvalid:
        return np.array([_number(text) for text in trimmed.to_pylist()], dtype=np.float64)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _first_of_each(path: Path, left: Ints, right: Ints, scores: Floats) -> Ints:
    """Give the positions of the distinct pairs. Raises ``InputError`` for one with two scores."""
    _, first, group = np.unique(pair_keys(left, right), return_index=True, return_inverse=True)
    again = np.flatnonzero(scores != scores[first][group])
    if len(again):
        places = int(again[0]), int(first[group[again[0]]])
        row, before = (row_number(path, at, _COLUMNS) for at in places)
        what = f"the pair has another score in row {before}; keep one of the two"
        raise InputError.at(path, what, row=row, column="score")
    return np.asarray(first, dtype=np.int64)
