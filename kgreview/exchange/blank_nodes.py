"""Blank nodes that belong to one entity, read as part of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from kgreview.arrays import Bools, Ints
from kgreview.exchange.graph_builder import Statements
from kgreview.exchange.rdf_files import RDF
from kgreview.exchange.rdf_statements import (
    Codes,
    distinct_pairs,
    follow,
    is_blank,
    is_described,
    matching,
)
from kgreview.progress import Notice
from kgreview.text.iris import path_of

_MEMBER = rf"^{RDF}(first|_[0-9]+)$"
_DEEPEST = 4  # statements from an entity to a blank node that is folded into it


def owning_links(s: Statements) -> Ints:
    """Give the one link by which each node belongs to another, (nodes,), -1 where none does.

    A blank node of which one link tells belongs to the subject of that.
    """
    n = len(s.ids)
    owned = is_blank(s.ids) & is_described(s) & (np.bincount(s.tails, minlength=n) == 1)
    elsewhere = np.zeros(len(s.type_names), dtype=bool)  # types of what belongs to nothing
    elsewhere[s.types[~owned[s.type_entities]]] = True
    owned[s.type_entities[elsewhere[s.types]]] = False
    owner = np.full(n, -1, dtype=np.int64)
    owner[s.tails] = np.arange(len(s.tails))
    owner[~owned] = -1
    ends, _ = follow(parents_of(s, owner))
    owner[ends] = -1  # those that are in a ring; of others it is -1 already
    return owner


def parents_of(s: Statements, owner: Ints) -> Ints:
    """Give the node that each belongs to, itself where it belongs to none, (nodes,)."""
    parents = np.arange(len(s.ids))
    owned = owner >= 0
    parents[owned] = s.heads[owner[owned]]
    return parents


def not_too_deep(s: Statements, owner: Ints) -> Ints:
    """Let what is too far from the entity that it belongs to be an entity itself."""
    _, steps = follow(parents_of(s, owner))
    return np.where(steps % (_DEEPEST + 1) == 0, -1, owner)


def fold(s: Statements, owner: Ints, notice: Notice) -> Statements:
    """Make statements about nodes that belong to another statements about that, by a path."""
    owned = owner >= 0
    if not owned.any():
        return s
    ends, steps = follow(parents_of(s, owner))
    paths, path = _paths(s, owner, steps)
    typed = owned[s.type_entities]
    types = ", their types left out" if typed.any() else ""
    parts = int((owned & ~_is_list(s)).sum())
    if parts:
        notice(
            "blank nodes read as part of the entity that names them, by paths such as "
            f"address/street{types}: {parts:,}"
        )
    names = s.relation_names.to_pylist()
    ways = [[names[relation] for relation in steps_of] for steps_of in paths]
    attributes, attribute_names = _along(
        ways, path[s.value_entities], s.value_attributes, s.attribute_names
    )
    links = np.ones(len(s.heads), dtype=bool)
    links[owner[owned]] = False
    relations, relation_names = _along(
        ways, path[s.heads[links]], s.relations[links], s.relation_names
    )
    return dataclasses.replace(
        s,
        type_entities=s.type_entities[~typed],
        types=s.types[~typed],
        value_entities=ends[s.value_entities],
        value_attributes=attributes,
        attribute_names=attribute_names,
        heads=ends[s.heads[links]],
        relations=relations,
        relation_names=relation_names,
        tails=s.tails[links],
    )


def _is_list(s: Statements) -> Bools:
    """Tell which nodes have members, as lists and containers do."""
    lists = np.zeros(len(s.ids), dtype=bool)
    lists[s.heads[matching(s.relation_names, _MEMBER)[s.relations]]] = True
    lists[s.value_entities[matching(s.attribute_names, _MEMBER)[s.value_attributes]]] = True
    return lists


def _paths(s: Statements, owner: Ints, steps: Ints) -> tuple[list[tuple[int, ...]], Ints]:
    """Give the paths there are, as codes of relations, and the code of each node's, (nodes,).

    The way to a member of a list or container is that to the list.
    """
    paths: dict[tuple[int, ...], int] = {(): 0}
    path = np.zeros(len(s.ids), dtype=np.int64)
    member = matching(s.relation_names, _MEMBER)
    for step in range(1, int(steps.max(initial=0)) + 1):
        nodes = np.flatnonzero(steps == step)
        link = owner[nodes]
        keys, which = distinct_pairs(path[s.heads[link]], s.relations[link])
        before = list(paths)
        longer = [
            before[way] if member[relation] else (*before[way], relation) for way, relation in keys
        ]
        codes = np.array([paths.setdefault(each, len(paths)) for each in longer], dtype=np.int64)
        path[nodes] = codes[which]
    return list(paths), path


def _along(
    ways: list[list[str]], path: Ints, codes: Codes, names: pa.Array
) -> tuple[Codes, pa.Array]:
    """Give the codes and names of attributes or relations that are reached by paths.

    ``ways``: the steps of each path; ``path`` (statements,) codes into them.
    """
    member = matching(names, _MEMBER)
    keys, which = distinct_pairs(path, codes)
    code_of: dict[str, int] = {}
    new = [
        code_of.setdefault(
            _reached(ways[way], names[code].as_py(), bool(member[code])), len(code_of)
        )
        for way, code in keys
    ]
    return np.array(new, dtype=np.int64)[which], pa.array(code_of, names.type)


def _reached(way: list[str], name: str, member: bool) -> str:
    return path_of(way if way and member else [*way, name])
