"""From the statements of RDF to those of a graph: lists, blank nodes, vocabulary, mere objects.

Each step takes ``Statements`` and gives ``Statements``, and says in a line what it did. The id of a
blank node begins with ``BLANK``, which that of nothing else does.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.exchange.graph_builder import Statements, with_iris_as_values
from kgreview.exchange.rdf_files import RDF
from kgreview.graph.quoting import quoted
from kgreview.progress import Notice
from kgreview.text.iris import path_of

Codes = npt.NDArray[np.integer[Any]]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BLANK = "\0"

_FIRST, _REST, _NIL = f"{RDF}first", f"{RDF}rest", f"{RDF}nil"
_MEMBER = rf"^{RDF}(first|_[0-9]+)$"
_DEEPEST = 4  # statements from an entity to a blank node that is folded into it
_SHARED = 2  # subjects on average to an object of which nothing is stated, to be an entity
_ROUNDS = 8  # in which blank nodes are told apart by their neighbours
_FEWEST = 1 / 4  # entities to a term of the vocabulary, for them to be what the file is about
_OWL, _RDFS = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/2000/01/rdf-schema#"
_OF_INSTANCES = (f"{_OWL}Thing", f"{_OWL}NamedIndividual", f"{_RDFS}Resource")
_ELSEWHERE = (  # lead to other graphs and to pages: their objects are no entities of this graph
    f"{_OWL}sameAs",
    f"{_RDFS}seeAlso",
    f"{_RDFS}isDefinedBy",
    "http://www.w3.org/2004/02/skos/core#exactMatch",
    "http://xmlns.com/foaf/0.1/homepage",
    "http://xmlns.com/foaf/0.1/page",
)


def shape_statements(statements: Statements, notice: Notice) -> Statements:
    """Make a graph of entities with values of what RDF states of nodes.

    - A list is as many statements as it has members.
    - Classes, attributes and relations that the file describes are left out, unless hardly
      anything else is described.
    - A blank node that is the object of one statement is folded into its subject, unless entities
      of its type stand elsewhere: its values become those of a path, ``<address>/<street>``.
      Others are entities.
    - What is an object but described nowhere is an entity where most objects of that relation are
      described, or are shared by two subjects on average. Else it is a value.
    """
    s = _distinct(_unroll_lists(statements))
    owner = _owning_links(s)
    s, owner = _leave_out_vocabulary(s, owner, notice)
    s = _fold(s, _not_too_deep(s, owner), notice)
    s = _settle_mere_objects(s, notice)
    return _name_blank_nodes(_compact(s), notice)


# -------------------------------------------------------------------- what several steps need


def _is_blank(ids: pa.Array) -> Mask:
    return np.asarray(pc.starts_with(ids, BLANK).to_numpy(zero_copy_only=False))


def _code(names: pa.Array, name: str) -> int:
    """Give the code of a name, -1 where it is not among them."""
    return int(pc.index(names, pa.scalar(name, names.type)).as_py())


def _matching(names: pa.Array, pattern: str) -> Mask:
    found: Mask = pc.match_substring_regex(names, pattern).to_numpy(zero_copy_only=False)
    return found


def _distinct_pairs(one: Codes, other: Codes) -> tuple[list[tuple[int, int]], Ints]:
    """Give the distinct pairs of two columns, and the place of each row's among them."""
    size = int(other.max(initial=0)) + 1
    keys, which = np.unique(one.astype(np.int64) * size + other, return_inverse=True)
    pairs = zip((keys // size).tolist(), (keys % size).tolist(), strict=True)
    return list(pairs), which.reshape(-1)


def _among(names: pa.Array, some: tuple[str, ...]) -> Mask:
    found: Mask = pc.is_in(names, pa.array(some, names.type)).to_numpy(zero_copy_only=False)
    return found


def _is_described(s: Statements) -> Mask:
    """Tell which nodes something is stated of, not only with."""
    described = np.zeros(len(s.ids), dtype=bool)
    for column in (s.type_entities, s.value_entities, s.heads):
        described[column] = True
    return described


def _distinct(s: Statements) -> Statements:
    """Let each link count once: a blank node may be named twice in the same words."""
    order = np.lexsort((s.tails, s.relations, s.heads))
    columns = [column[order] for column in (s.heads, s.relations, s.tails)]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([np.diff(column) != 0 for column in columns], axis=0)
    kept = np.sort(order[new])
    return _with_links(s, s.heads[kept], s.relations[kept], s.tails[kept])


def _with_links(s: Statements, heads: Codes, relations: Codes, tails: Codes) -> Statements:
    return dataclasses.replace(s, heads=heads, relations=relations, tails=tails)


def _follow(parents: Codes) -> tuple[Ints, Ints]:
    """Give where each chain of parents ends, and how many steps that takes, (nodes,) both.

    What is its own parent ends a chain. A ring has no end: the ends of its nodes are its nodes.
    """
    ends = parents.astype(np.int64)
    steps = (ends != np.arange(len(ends))).astype(np.int64)
    for _ in range(len(ends).bit_length() + 1):  # each round doubles the way that is gone
        further = ends[ends]
        if np.array_equal(further, ends):
            break
        steps += steps[ends]
        ends = further
    return ends, steps


# -------------------------------------------------------------------- lists


def _unroll_lists(s: Statements) -> Statements:
    """Give the members of a list to its first cell. The empty list says nothing."""
    nil, rest = _code(s.ids, _NIL), s.relations == _code(s.relation_names, _REST)
    if nil < 0 and not rest.any():
        return s
    times = np.bincount(s.tails[rest], minlength=len(s.ids))
    links = np.flatnonzero(rest)
    links = links[_is_blank(s.ids)[s.tails[links]] & (times[s.tails[links]] == 1)]
    before = np.arange(len(s.ids))  # of each cell; itself where none is
    before[s.tails[links]] = s.heads[links]
    first, _ = _follow(before)
    kept = s.tails != nil
    kept[links] = False
    return dataclasses.replace(
        s,
        heads=first[s.heads[kept]],
        relations=s.relations[kept],
        tails=s.tails[kept],
        value_entities=first[s.value_entities],
        type_entities=first[s.type_entities],
    )


# -------------------------------------------------------------------- blank nodes


def _owning_links(s: Statements) -> Ints:
    """Give the one link by which each node belongs to another, (nodes,), -1 where none does.

    A blank node of which one link tells belongs to the subject of that.
    """
    n = len(s.ids)
    owned = _is_blank(s.ids) & _is_described(s) & (np.bincount(s.tails, minlength=n) == 1)
    elsewhere = np.zeros(len(s.type_names), dtype=bool)  # types of what belongs to nothing
    elsewhere[s.types[~owned[s.type_entities]]] = True
    owned[s.type_entities[elsewhere[s.types]]] = False
    owner = np.full(n, -1, dtype=np.int64)
    owner[s.tails] = np.arange(len(s.tails))
    owner[~owned] = -1
    ends, _ = _follow(_parents(s, owner))
    owner[ends] = -1  # those that are in a ring; of others it is -1 already
    return owner


def _parents(s: Statements, owner: Ints) -> Ints:
    """Give the node that each belongs to, itself where it belongs to none, (nodes,)."""
    parents = np.arange(len(s.ids))
    owned = owner >= 0
    parents[owned] = s.heads[owner[owned]]
    return parents


def _not_too_deep(s: Statements, owner: Ints) -> Ints:
    """Let what is too far from the entity that it belongs to be an entity itself."""
    _, steps = _follow(_parents(s, owner))
    return np.where(steps % (_DEEPEST + 1) == 0, -1, owner)


def _fold(s: Statements, owner: Ints, notice: Notice) -> Statements:
    """Make statements about nodes that belong to another statements about that, by a path."""
    owned = owner >= 0
    if not owned.any():
        return s
    ends, steps = _follow(_parents(s, owner))
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


def _is_list(s: Statements) -> Mask:
    """Tell which nodes have members, as lists and containers do."""
    lists = np.zeros(len(s.ids), dtype=bool)
    lists[s.heads[_matching(s.relation_names, _MEMBER)[s.relations]]] = True
    lists[s.value_entities[_matching(s.attribute_names, _MEMBER)[s.value_attributes]]] = True
    return lists


def _paths(s: Statements, owner: Ints, steps: Ints) -> tuple[list[tuple[int, ...]], Ints]:
    """Give the paths there are, as codes of relations, and the code of each node's, (nodes,).

    The way to a member of a list or container is that to the list.
    """
    paths: dict[tuple[int, ...], int] = {(): 0}
    path = np.zeros(len(s.ids), dtype=np.int64)
    member = _matching(s.relation_names, _MEMBER)
    for step in range(1, int(steps.max(initial=0)) + 1):
        nodes = np.flatnonzero(steps == step)
        link = owner[nodes]
        keys, which = _distinct_pairs(path[s.heads[link]], s.relations[link])
        known = list(paths)
        longer = [
            known[before] if member[relation] else (*known[before], relation)
            for before, relation in keys
        ]
        codes = np.array([paths.setdefault(way, len(paths)) for way in longer], dtype=np.int64)
        path[nodes] = codes[which]
    return list(paths), path


def _along(
    ways: list[list[str]], path: Ints, codes: Codes, names: pa.Array
) -> tuple[Codes, pa.Array]:
    """Give the codes and names of attributes or relations that are reached by paths.

    ``ways``: the steps of each path; ``path`` (statements,) codes into them.
    """
    member = _matching(names, _MEMBER)
    keys, which = _distinct_pairs(path, codes)
    found: dict[str, int] = {}
    new = [
        found.setdefault(_reached(ways[way], names[code].as_py(), bool(member[code])), len(found))
        for way, code in keys
    ]
    return np.array(new, dtype=np.int64)[which], pa.array(found, names.type)


def _reached(way: list[str], name: str, member: bool) -> str:
    return path_of(way if way and member else [*way, name])


# -------------------------------------------------------------------- vocabulary


def _leave_out_vocabulary(s: Statements, owner: Ints, notice: Notice) -> tuple[Statements, Ints]:
    """Drop statements about classes, attributes and relations, if the file is about others."""
    terms = _terms(s)
    entities = _is_described(s) & ~_is_blank(s.ids) & ~terms
    if entities.sum() < _FEWEST * terms.sum():  # a vocabulary, and what it needs to be described
        return s, owner
    subjects, _ = _follow(_parents(s, owner))
    columns = s.type_entities, s.value_entities, s.heads
    about = [terms[subjects[column]] for column in columns]
    dropped = sum(int(each.sum()) for each in about)
    if not dropped:
        return s, owner
    stated = np.concatenate([subjects[c][a] for c, a in zip(columns, about, strict=True)])
    notice(
        "statements about terms of the vocabulary (classes, attributes, relations) left out: "
        f"{dropped:,}, about {len(np.unique(stated)):,} terms"
    )
    types, values, links = (~each for each in about)
    place = np.cumsum(links) - 1  # of each link among those that stay
    kept = owner >= 0
    kept[kept] = links[owner[kept]]
    new_owner = np.full(len(owner), -1, dtype=np.int64)
    new_owner[kept] = place[owner[kept]]
    return dataclasses.replace(
        s,
        type_entities=s.type_entities[types],
        types=s.types[types],
        value_entities=s.value_entities[values],
        value_attributes=s.value_attributes[values],
        values=s.values.filter(pa.array(values)),
        value_tags=s.value_tags[values],
        heads=s.heads[links],
        relations=s.relations[links],
        tails=s.tails[links],
    ), new_owner


def _terms(s: Statements) -> Mask:
    """Tell which nodes are terms: of a type of OWL or RDFS, or used as one and of no type."""
    of_terms = _matching(s.type_names, f"^({_OWL}|{_RDFS}|{RDF}Property$)")
    of_terms &= ~_among(s.type_names, _OF_INSTANCES)
    terms = np.zeros(len(s.ids), dtype=bool)
    for names in (s.type_names, s.attribute_names, s.relation_names):
        used = pc.index_in(names, value_set=s.ids).drop_null()
        terms[used.to_numpy()] = True
    terms[s.type_entities] = False
    terms[s.type_entities[of_terms[s.types]]] = True
    return terms


# -------------------------------------------------------------------- mere objects


def _settle_mere_objects(s: Statements, notice: Notice) -> Statements:
    """Make values of objects of which nothing is stated, where they are no entities."""
    described = _is_described(s)
    empty = ~described[s.tails] & _is_blank(s.ids)[s.tails]
    if empty.any():
        notice(f"statements of which the object is an empty node left out: {int(empty.sum()):,}")
        s = _with_links(s, s.heads[~empty], s.relations[~empty], s.tails[~empty])
    joins = _joins_entities(s, described)
    entities = described.copy()
    entities[s.tails[joins[s.relations]]] = True
    to_value = ~entities[s.tails]
    _tell_of_mere_objects(s, entities & ~described, to_value, notice)
    return _as_values(s, to_value)


def _joins_entities(s: Statements, described: Mask) -> Mask:
    """Tell by relation whether its objects are entities, though they may not be described."""
    count = len(s.relation_names)
    pairs = np.unique(s.relations.astype(np.int64) * len(s.ids) + s.tails)
    relation, tail = pairs // max(1, len(s.ids)), pairs % max(1, len(s.ids))
    objects = np.bincount(relation, minlength=count)
    known = np.bincount(relation, weights=described[tail], minlength=count)
    uses = np.bincount(s.relations, minlength=count)
    joins: Mask = (2 * known >= objects) | (uses >= _SHARED * objects)
    joins &= ~_among(s.relation_names, _ELSEWHERE)
    return joins


def _tell_of_mere_objects(s: Statements, mere: Mask, to_value: Mask, notice: Notice) -> None:
    values = len(np.unique(s.tails[to_value]))
    if values:
        notice(
            f"IRIs of which nothing is stated, read as values: {values:,} (as "
            f"{quoted(s.ids[int(s.tails[to_value][0])].as_py())})"
        )
    if mere.any():
        notice(
            "IRIs of which nothing is stated, read as entities, since most objects of their "
            f"relation are described or shared: {int(mere.sum()):,} (as "
            f"{quoted(s.ids[int(np.flatnonzero(mere)[0])].as_py())})"
        )


def _as_values(s: Statements, to_value: Mask) -> Statements:
    """Make values of some links, (links,)."""
    if not to_value.any():
        return s
    iris = s.ids.take(pa.array(s.tails[to_value]))
    s = with_iris_as_values(s, s.heads[to_value], s.relations[to_value], s.relation_names, iris)
    return dataclasses.replace(
        s,
        heads=s.heads[~to_value],
        relations=s.relations[~to_value],
        tails=s.tails[~to_value],
    )


def _compact(s: Statements) -> Statements:
    """Keep the nodes that something is stated of."""
    used = np.zeros(len(s.ids), dtype=bool)
    for column in (s.type_entities, s.value_entities, s.heads, s.tails):
        used[column] = True
    place = np.cumsum(used) - 1
    return dataclasses.replace(
        s,
        ids=s.ids.filter(pa.array(used)),
        type_entities=place[s.type_entities],
        value_entities=place[s.value_entities],
        heads=place[s.heads],
        tails=place[s.tails],
    )


# -------------------------------------------------------------------- ids of blank nodes


def _name_blank_nodes(s: Statements, notice: Notice) -> Statements:
    """Give blank nodes ids by what is stated of them, which the next file may state again.

    What a file calls them holds for that file only; many tools call them anew each time.
    """
    nodes = np.flatnonzero(_is_blank(s.ids))
    if not len(nodes):
        return s
    notice(
        f"blank nodes read as entities: {len(nodes):,}; what is stated of them makes their ids, "
        "which change with it"
    )
    marks = np.zeros(len(s.ids), dtype=np.uint64)
    named = np.flatnonzero(~_is_blank(s.ids) & _beside(s, nodes))
    marks[named] = _marks(s.ids.take(pa.array(named)))
    own = _own_statements(s, nodes)
    told_apart = 0
    for _ in range(_ROUNDS):  # each knows the neighbours of one step more
        marks[nodes] = (own + _links_of(s, nodes, marks))[nodes]
        before, told_apart = told_apart, len(np.unique(marks[nodes]))
        if told_apart <= before:
            break
    return dataclasses.replace(s, ids=_with_ids(s.ids, nodes, marks[nodes]))


def _beside(s: Statements, nodes: Ints) -> Mask:
    """Tell which nodes have a link to or from one of ``nodes``."""
    of = _mask(nodes, len(s.ids))
    beside = np.zeros(len(s.ids), dtype=bool)
    beside[s.tails[of[s.heads]]] = True
    beside[s.heads[of[s.tails]]] = True
    return beside


def _marks(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """Give a number for each text, on any machine the same."""
    digests = (hashlib.blake2b(t.encode(), digest_size=8).digest() for t in texts.to_pylist())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _own_statements(s: Statements, nodes: Ints) -> npt.NDArray[np.uint64]:
    """Sum up the types and values of ``nodes``, in whatever order they stand, (all nodes,)."""
    of = _mask(nodes, len(s.ids))
    types, values = np.flatnonzero(of[s.type_entities]), np.flatnonzero(of[s.value_entities])
    total = np.zeros(len(s.ids), dtype=np.uint64)
    type_marks = _marks(s.type_names)[s.types[types]]
    np.add.at(total, s.type_entities[types], _mixed(type_marks, np.uint64(1)))
    attributes = _marks(s.attribute_names)[s.value_attributes[values]]
    texts = _marks(s.values.take(pa.array(values)))
    np.add.at(total, s.value_entities[values], _mixed(attributes, texts))
    return total


def _links_of(s: Statements, nodes: Ints, marks: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sum up the links of ``nodes`` and the marks of what they lead to, (all nodes,)."""
    of = _mask(nodes, len(s.ids))
    out, into = np.flatnonzero(of[s.heads]), np.flatnonzero(of[s.tails])
    relations = _marks(s.relation_names)
    total = np.zeros(len(s.ids), dtype=np.uint64)
    np.add.at(total, s.heads[out], _mixed(relations[s.relations[out]], marks[s.tails[out]]))
    np.add.at(total, s.tails[into], _mixed(~relations[s.relations[into]], marks[s.heads[into]]))
    return total


def _mask(nodes: Ints, count: int) -> Mask:
    mask = np.zeros(count, dtype=bool)
    mask[nodes] = True
    return mask


def _mixed(
    one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64] | np.uint64
) -> npt.NDArray[np.uint64]:
    """Make one number of two, (statements,): the finaliser of splitmix64 over both."""
    with np.errstate(over="ignore"):
        mixed = one * np.uint64(0x9E3779B97F4A7C15) + other
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _with_ids(ids: pa.Array, nodes: Ints, marks: npt.NDArray[np.uint64]) -> pa.Array:
    """Write marks as ids; of nodes with the same, all but the first get a number, too."""
    order = np.argsort(marks, kind="stable")
    same = np.concatenate([[False], np.diff(marks[order]) == 0])
    start = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    times = np.arange(len(order)) - start
    texts = [
        f"_:{mark:016x}" + (f"-{time + 1}" if time else "")
        for mark, time in zip(marks[order].tolist(), times.tolist(), strict=True)
    ]
    new = np.empty(len(nodes), dtype=object)
    new[order] = texts
    blank = np.zeros(len(ids), dtype=bool)
    blank[nodes] = True
    return pc.replace_with_mask(ids, pa.array(blank), pa.array(new, ids.type))
