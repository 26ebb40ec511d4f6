"""What known matches of a project tell of how many counterparts its entities may have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgreview.arrays import Rows
from kgreview.graph.cardinality import Cardinality, Tally
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
    return _tell(project, matched.left, matched.right, types)


def cardinality_by_type(project: Project, left: Rows, right: Rows) -> dict[TypePair, Cardinality]:
    """Tell by type pair how many counterparts an entity may have.

    As the schema says; where it says nothing, as links and accepted pairs, given by their rows,
    tell; and where they are too few, it is one.
    """
    schema = project.schema
    tallies = _tell(project, left, right, schema.types)
    return {
        pair: schema.cardinality.get(pair) or tallies[pair].cardinality or Cardinality.ONE_TO_ONE
        for pair in schema.types
    }


def _tell(
    project: Project, left: Rows, right: Rows, types: tuple[TypePair, ...]
) -> dict[TypePair, Tally]:
    accepted = Links.of_file(left, right, np.ones(len(left), np.int8))
    stated = (project.stated_links(split) for split in SPLITS)
    return tally_of_types(project.left, project.right, Links.concatenate(*stated, accepted), types)
