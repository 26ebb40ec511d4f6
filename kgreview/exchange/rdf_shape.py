"""From the statements of RDF to those of a graph: lists, blank nodes, vocabulary, mere objects.

Each step takes ``Statements`` and gives ``Statements``, and says in a line what it did.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Bools, Ints
from kgreview.exchange.blank_node_ids import name_blank_nodes
from kgreview.exchange.blank_nodes import fold, not_too_deep, owning_links, parents_of
from kgreview.exchange.graph_builder import Statements, with_iris_as_values
from kgreview.exchange.rdf_files import RDF
from kgreview.exchange.rdf_statements import (
    among,
    code_of,
    follow,
    is_blank,
    is_described,
    matching,
    with_links,
)
from kgreview.graph.quoting import quoted
from kgreview.progress import Notice
from kgreview.text.columns import distinct_numbers

_REST, _NIL = f"{RDF}rest", f"{RDF}nil"
_SHARED = 2  # subjects on average to an object of which nothing is stated, to be an entity
_FEWEST = 1 / 4  # entities to a term of the vocabulary, for them to be what the file is about
_OWL, _RDFS = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/2000/01/rdf-schema#"
_OF_INSTANCES = (f"{_OWL}Thing", f"{_OWL}NamedIndividual", f"{_RDFS}Resource")
_REIFIED = (f"{_OWL}Axiom", f"{_OWL}Annotation", f"{RDF}Statement")
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

    - Statements about statements (``owl:Axiom``, ``rdf:Statement``) are left out.
    - A list is as many statements as it has members.
    - Classes, attributes and relations that the file describes are left out, unless hardly
      anything else is described.
    - A blank node that is the object of one statement is folded into its subject, unless entities
      of its type stand elsewhere: its values become those of a path, ``<address>/<street>``.
      Others are entities.
    - What is an object but described nowhere is an entity where most objects of that relation are
      described, or are shared by two subjects on average. Else it is a value.
    """
    s = _distinct(_unroll_lists(_leave_out_reified(statements, notice)))
    owner = owning_links(s)
    s, owner = _leave_out_vocabulary(s, owner, notice)
    s = fold(s, not_too_deep(s, owner), notice)
    s = _settle_mere_objects(s, notice)
    return name_blank_nodes(_compact(s), notice)


def _leave_out_reified(s: Statements, notice: Notice) -> Statements:
    """Drop nodes that stand for a statement: an ontology has one for each source of a synonym."""
    reified = np.zeros(len(s.ids), dtype=bool)
    reified[s.type_entities[among(s.type_names, _REIFIED)[s.types]]] = True
    if not reified.any():
        return s
    notice(f"statements about statements left out: {int(reified.sum()):,} (owl:Axiom and the like)")
    links = ~(reified[s.heads] | reified[s.tails])
    return _kept(s, ~reified[s.type_entities], ~reified[s.value_entities], links)


def _distinct(s: Statements) -> Statements:
    """Let each link count once: a blank node may be named twice in the same words."""
    order = np.lexsort((s.tails, s.relations, s.heads))
    columns = [column[order] for column in (s.heads, s.relations, s.tails)]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([np.diff(column) != 0 for column in columns], axis=0)
    kept = np.sort(order[new])
    return with_links(s, s.heads[kept], s.relations[kept], s.tails[kept])


def _unroll_lists(s: Statements) -> Statements:
    """Give the members of a list to its first cell. The empty list says nothing."""
    nil, rest = code_of(s.ids, _NIL), s.relations == code_of(s.relation_names, _REST)
    if nil < 0 and not rest.any():
        return s
    times = np.bincount(s.tails[rest], minlength=len(s.ids))
    links = np.flatnonzero(rest)
    links = links[is_blank(s.ids)[s.tails[links]] & (times[s.tails[links]] == 1)]
    before = np.arange(len(s.ids))  # of each cell; itself where none is
    before[s.tails[links]] = s.heads[links]
    first, _ = follow(before)
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


def _leave_out_vocabulary(s: Statements, owner: Ints, notice: Notice) -> tuple[Statements, Ints]:
    """Drop statements about classes, attributes and relations, if the file is about others."""
    terms = _terms(s)
    entities = is_described(s) & ~is_blank(s.ids) & ~terms
    if entities.sum() < _FEWEST * terms.sum():  # a vocabulary, and what it needs to be described
        return s, owner
    subjects, _ = follow(parents_of(s, owner))
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
    return _kept(s, types, values, links), new_owner


def _kept(s: Statements, types: Bools, values: Bools, links: Bools) -> Statements:
    """Give some of the statements of types, of values, and of links."""
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
    )


def _terms(s: Statements) -> Bools:
    """Tell which nodes are terms: of a type of OWL or RDFS, or used as one and of no type."""
    of_terms = matching(s.type_names, f"^({_OWL}|{_RDFS}|{RDF}Property$)")
    of_terms &= ~among(s.type_names, _OF_INSTANCES)
    terms = np.zeros(len(s.ids), dtype=bool)
    for names in (s.type_names, s.attribute_names, s.relation_names):
        used = pc.index_in(names, value_set=s.ids).drop_null()
        terms[used.to_numpy()] = True
    terms[s.type_entities] = False
    terms[s.type_entities[of_terms[s.types]]] = True
    return terms


def _settle_mere_objects(s: Statements, notice: Notice) -> Statements:
    """Make values of objects of which nothing is stated, where they are no entities."""
    described = is_described(s)
    empty = ~described[s.tails] & is_blank(s.ids)[s.tails]
    if empty.any():
        notice(f"statements of which the object is an empty node left out: {int(empty.sum()):,}")
        s = with_links(s, s.heads[~empty], s.relations[~empty], s.tails[~empty])
    joins = _joins_entities(s, described)
    entities = described.copy()
    entities[s.tails[joins[s.relations]]] = True
    to_value = ~entities[s.tails]
    _tell_of_mere_objects(s, entities & ~described, to_value, notice)
    return _as_values(s, to_value)


def _joins_entities(s: Statements, described: Bools) -> Bools:
    """Tell by relation whether its objects are entities, though they may not be described."""
    count = len(s.relation_names)
    pairs = distinct_numbers(s.relations.astype(np.int64) * len(s.ids) + s.tails)
    relation, tail = pairs // max(1, len(s.ids)), pairs % max(1, len(s.ids))
    objects = np.bincount(relation, minlength=count)
    of_described = np.bincount(relation, weights=described[tail], minlength=count)
    uses = np.bincount(s.relations, minlength=count)
    joins: Bools = (2 * of_described >= objects) | (uses >= _SHARED * objects)
    joins &= ~among(s.relation_names, _ELSEWHERE)
    return joins


def _tell_of_mere_objects(s: Statements, mere: Bools, to_value: Bools, notice: Notice) -> None:
    values = len(distinct_numbers(s.tails[to_value]))
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


def _as_values(s: Statements, to_value: Bools) -> Statements:
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
