"""Where what a feature compares stands: at the two entities themselves, or at their neighbours."""

from __future__ import annotations

from collections.abc import Container, Sequence

from kgreview.graph.knowledge_graph import KnowledgeGraph

NAME = "name"  # what the field of names is called


def sides_of(feature: str, left: Container[str], right: Container[str]) -> tuple[str, str]:
    """Read off a feature's name, "left ~ right: measure", the fields it compares.

    ``left``, ``right``: the fields that there are, ``NAME`` among them. Names may have a tilde in
    them: of all cuts the one whose halves are both known.
    """
    what = feature.rsplit(": ", 1)[0]
    parts = what.split(" ~ ")
    if len(parts) == 1:
        return what, what
    cuts = [(" ~ ".join(parts[:at]), " ~ ".join(parts[at:])) for at in range(1, len(parts))]
    return next((cut for cut in cuts if cut[0] in left and cut[1] in right), cuts[0])


def own_columns(
    features: Sequence[str], left: KnowledgeGraph, right: KnowledgeGraph
) -> tuple[int, ...]:
    """Give the positions of the features that compare what the entities say of themselves.

    Fields of neighbours never bear the name of an attribute, see ``fields.unlike``.
    """
    own = {NAME, *left.attribute_names}, {NAME, *right.attribute_names}
    columns = []
    for place, feature in enumerate(features):
        one, two = sides_of(feature, *own)
        if one in own[0] and two in own[1]:
            columns.append(place)
    return tuple(columns)


def unlike(label: str, attributes: Container[str]) -> str:
    """Give a field of neighbours a label that no attribute bears."""
    while label in attributes:
        label = f"over {label}"
    return label
