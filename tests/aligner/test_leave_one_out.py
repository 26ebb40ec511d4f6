"""Leaving a part out, against a slow and literal recomputation on small graphs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pyarrow as pa
import pytest
import torch

from kgreview.aligner.alignment import Aligner
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import PairExplanation, Part
from kgreview.aligner.features import entity_features
from kgreview.aligner.heads import telling_columns
from kgreview.aligner.inputs import NodeInputs, Pairs
from kgreview.aligner.joint import join
from kgreview.aligner.leave_one_out import Explainer, Scored
from kgreview.aligner.rivals import RivalHead, logit_standings
from kgreview.aligner.scoring import score_pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.training import new_model
from kgreview.evaluation.calibration import Calibration
from kgreview.features.similarity import PairSimilarity
from kgreview.features.without import SimilarityWithout
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.suggestion import infer_schema

FILMS, PEOPLE = 6, 8
ROWS = (("name", "name"), ("year", "released"), (None, "colour"))


def catalogue_edges(side: str, director: str) -> list[tuple[int, str, int]]:
    """Directors first, then two actors a film but the last."""
    rng = np.random.default_rng(len(side))
    edges = [(film, director, FILMS + film % 3) for film in range(FILMS)]
    for film in range(FILMS - 1):
        edges += [(film, "actor", FILMS + 3 + int(p)) for p in rng.choice(5, 2, replace=False)]
    return edges


def catalogue(side: str, director: str, year: str, *, without: int | None = None) -> KnowledgeGraph:
    """Films with a director and two actors each; film 5 has a director only. May lack an edge."""
    names = [f"film {chr(97 + i)}{i}" for i in range(FILMS)]
    names += [f"person {chr(105 + i)}{i * 7}" for i in range(PEOPLE)]
    edges = catalogue_edges(side, director)
    if without is not None:
        del edges[without]
    count = FILMS + PEOPLE
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i:02}" for i in range(count)]),
        types=pa.array(["film"] * FILMS + ["person"] * PEOPLE),
        value_entities=np.concatenate([np.arange(count), np.arange(FILMS)]),
        value_attributes=pa.array(["name"] * count + [year] * FILMS),
        values=pa.array(names + [str(1990 + (i * i) % 5) for i in range(FILMS)]),
        edge_heads=np.array([edge[0] for edge in edges]),
        edge_relations=pa.array([edge[1] for edge in edges]),
        edge_tails=np.array([edge[2] for edge in edges]),
    )


@dataclasses.dataclass
class Small:
    """A version with random weights that has scored all pairs of films."""

    scored: Scored
    inputs: NodeInputs
    checkpoint: Checkpoint

    @property
    def model(self) -> Aligner:
        return self.checkpoint.model

    def position(self, left: int, right: int) -> int:
        return left * FILMS + right

    def explain(self, left: int, right: int) -> PairExplanation:
        explainer = Explainer(self.checkpoint, self.scored)
        compared = self.scored.candidates.similarities[self.position(left, right)]
        return explainer.explain(explainer.pair(left, right, compared), ROWS)

    def literally(
        self, left: int, right: int, compared: np.ndarray, samples: torch.Tensor
    ) -> float:
        """Score everything again with other samples and similarities; rivals keep their logits."""
        where = self.position(left, right)
        everything = self.scored.candidates
        similarities = everything.similarities.copy()
        similarities[where] = compared
        whole = self.model.among(Pairs(everything.left, everything.right, similarities))
        inputs = NodeInputs(self.inputs.joint, self.inputs.values.numpy(), self.settings, CPU)
        inputs.samples = samples
        (batch,) = score_pairs(self.model.networks, inputs, whole)
        logits = self.scored.logits.copy()
        logits[where] = batch.logits[where]
        final = self.model.conclude(logits, whole)
        return float(self.checkpoint.calibration.apply(final)[where])

    @property
    def settings(self) -> AlignerSettings:
        return self.model.settings


CPU = torch.device("cpu")


def small(*, layers: int = 2, head: str = "comparison", rivals: bool = True) -> Small:
    torch.manual_seed(4)
    left, right = catalogue("l", "directed_by", "year"), catalogue("right", "director", "released")
    schema = infer_schema(left, right)
    settings = AlignerSettings(
        head="distance" if head == "distance" else "comparison",
        width=8,
        layers=layers,
        bases=2,
        hidden=8,
        cap=3,
        rivals=rivals,
        members=2,
    )
    joint = join(left, right, schema)
    features = entity_features(left, right, schema)
    similarity = PairSimilarity.fit(left, right, schema)
    pairs = np.indices((FILMS, FILMS)).reshape(2, -1)
    candidates = Pairs(pairs[0], pairs[1], similarity.compute(pairs[0], pairs[1]))
    telling = (0, 3) if head == "comparison" else ()
    model = Aligner([], None, telling)
    whole = model.among(candidates)
    figures = whole.compared(np.arange(len(whole)))
    columns = telling_columns(figures)
    for _ in range(2):
        member = new_model(
            features=features.shape[1],
            types=len(joint.type_names),
            relations=joint.num_relation_codes,
            compared=len(columns),
            settings=settings,
        ).eval()
        if member.head is not None:
            member.head.encoding.fit(figures, columns)
        model.members.append(member)
    inputs = NodeInputs(joint, features, settings, CPU)
    (batch,) = score_pairs(model.networks, inputs, whole)
    if rivals:
        figures = np.hstack([figures, logit_standings(batch.logits, whole.left, whole.right)])
        model.rivals = RivalHead(figures.shape[1], settings).eval()
        model.rivals.encoding.fit(figures, np.arange(figures.shape[1]))
    checkpoint = Checkpoint(
        model,
        features.shape[1],
        joint.type_names,
        joint.relation_names,
        similarity.feature_names,
        Calibration(3.0, 0.2),
        0.5,
    )
    names = similarity.feature_names
    scored = Scored(
        left, right, schema, features, inputs.samples.numpy(), candidates, names, batch.logits
    )
    return Small(scored, inputs, checkpoint)


@pytest.mark.parametrize(
    ("layers", "head", "rivals"),
    [
        (2, "comparison", True),
        (2, "comparison", False),
        (1, "comparison", True),
        (2, "distance", False),
    ],
)
def test_with_everything_the_probability_is_the_one_of_scoring(
    layers: int, head: str, rivals: bool
) -> None:
    version = small(layers=layers, head=head, rivals=rivals)
    final = version.model.conclude(
        version.scored.logits, version.model.among(version.scored.candidates)
    )
    expected = version.checkpoint.calibration.apply(final)
    for left, right in [(0, 0), (2, 4), (5, 1)]:
        explained = version.explain(left, right)
        assert explained.probability == pytest.approx(
            expected[version.position(left, right)], abs=1e-5
        )
        assert sum(seen.weight for seen in explained.attention.left) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("layers", "rivals"), [(2, True), (1, False)])
def test_without_a_neighbour_is_as_if_it_had_never_been_sampled(layers: int, rivals: bool) -> None:
    version = small(layers=layers, rivals=rivals)
    explained = version.explain(1, 2)
    where = version.position(1, 2)
    for side, node in ((0, 1), (1, version.inputs.joint.num_left + 2)):
        for slot in range(3):
            samples = version.inputs.samples.clone()
            samples[node, slot] = -1
            compared = version.scored.candidates.similarities[where].copy()
            degrees = [3 - (side == 0), 3 - (side == 1)]
            set_degrees(version, compared, degrees)
            relation = next(s.relation for s in both(explained, side) if s.slot == slot)
            alone = [seen.relation for seen in both(explained, side)].count(relation) == 1
            if alone:  # the director: nothing is left to compare with
                label = ("directed_by", "director")[side]
                for column, name in enumerate(version.scored.similarity_names):
                    if " ~ " in name and name.rsplit(": ", 1)[0].split(" ~ ")[side] == label:
                        compared[column] = np.nan
            expected = version.literally(1, 2, compared, samples)
            change = explained.changes[Part("neighbour", side, slot=slot)].probability
            assert explained.probability + change == pytest.approx(expected, abs=1e-5)
            assert change != 0


def both(explained: PairExplanation, side: int):  # type: ignore[no-untyped-def]
    return (explained.attention.left, explained.attention.right)[side]


def set_degrees(version: Small, compared: np.ndarray, degrees: list[int]) -> None:
    left, right = np.log1p(degrees)
    for of, figure in (("left", left), ("right", right)):
        compared[version.scored.similarity_names.index(f"structure: {of}_degree")] = figure
    compared[version.scored.similarity_names.index("structure: degree_ratio")] = -abs(left - right)


def test_without_an_attribute_the_similarities_that_come_from_it_are_missing() -> None:
    version = small()
    explained = version.explain(3, 3)
    names = version.scored.similarity_names
    for row, begins in ((("year", "released"), "year ~ released"), (("name", "name"), "name")):
        compared = version.scored.candidates.similarities[version.position(3, 3)].copy()
        for column, name in enumerate(names):
            if name.startswith(begins + ":") or (begins == "name" and "name" in labels(name)):
                compared[column] = np.nan
        if begins == "name":
            compared[names.index("name: missing")] = 3
        expected = version.literally(3, 3, compared, version.inputs.samples)
        change = explained.changes[Part("attribute", attributes=row)].probability
        assert explained.probability + change == pytest.approx(expected, abs=1e-5)
        assert change != 0
    assert Part("attribute", attributes=(None, "colour")) not in explained.changes, "never compared"


def test_what_nothing_compares_in_a_pair_is_not_left_out_of_it() -> None:
    version = small()
    compared = np.array(version.scored.candidates.similarities[version.position(3, 3)])
    names = version.scored.similarity_names
    compared[[name.startswith("year ~ released:") for name in names]] = np.nan
    explainer = Explainer(version.checkpoint, version.scored)
    explained = explainer.explain(explainer.pair(3, 3, compared), ROWS)
    rows = [part.attributes for part in explained.changes if part.kind == "attribute"]
    assert rows == [("name", "name")]
    assert ("year", "released") in explained.compared, "of other pairs"


def labels(name: str) -> list[str]:
    return name.rsplit(": ", 1)[0].split(" ~ ")


def test_without_a_relation_all_its_neighbours_are_out_at_once() -> None:
    version = small()
    explained = version.explain(0, 1)
    actor = version.scored.left.relation_names.index("actor")
    slots = [seen.slot for seen in explained.attention.left if seen.relation == actor]
    assert len(slots) == 2
    samples = version.inputs.samples.clone()
    samples[0, slots] = -1
    compared = version.scored.candidates.similarities[version.position(0, 1)].copy()
    set_degrees(version, compared, [1, 3])
    for column, name in enumerate(version.scored.similarity_names):
        if " ~ " in name and labels(name)[0] == "actor":
            compared[column] = np.nan
    expected = version.literally(0, 1, compared, samples)
    change = explained.changes[Part("relation", 0, relation=actor)].probability
    assert explained.probability + change == pytest.approx(expected, abs=1e-5)


def test_an_entity_without_its_only_neighbour_compares_as_blocking_would_have_compared_it() -> None:
    version = small()
    lonely = FILMS - 1  # a director and nothing else
    edge = FILMS - 1
    without = catalogue("l", "directed_by", "year", without=edge)
    schema: Schema = version.scored.schema
    fresh = PairSimilarity.fit(without, version.scored.right, schema)
    expected = dict(
        zip(
            fresh.feature_names,
            fresh.compute(np.array([lonely]), np.array([0]))[0].tolist(),
            strict=True,
        )
    )
    explainer = Explainer(version.checkpoint, version.scored)
    where = version.position(lonely, 0)
    pair = explainer.pair(lonely, 0, version.scored.candidates.similarities[where])
    _, compared = pair.without([[Part("neighbour", 0, slot=0)]])
    checked = 0
    for name, value in zip(version.scored.similarity_names, compared[0].tolist(), strict=True):
        if name in expected:
            checked += 1
            assert value == pytest.approx(expected[name], nan_ok=True, abs=1e-6), name
    assert checked > 20


def test_one_of_several_neighbours_is_missed_in_what_they_say_too() -> None:
    version = small()
    left, right, schema = version.scored.left, version.scored.right, version.scored.schema
    fitted = PairSimilarity.fit(left, right, schema)
    similar = SimilarityWithout(fitted, left, right)
    explainer = Explainer(version.checkpoint, version.scored, similar)
    where = version.position(1, 1)
    stored = version.scored.candidates.similarities[where]
    explained = explainer.explain(explainer.pair(1, 1, stored), ROWS)
    assert explained.probability == pytest.approx(version.explain(1, 1).probability, abs=1e-6)
    actor = left.relation_names.index("actor")
    stars = [seen for seen in explained.attention.left if seen.relation == actor]
    assert len(stars) == 2
    edges = catalogue_edges("l", "directed_by")
    for seen in stars:
        edge = edges.index((1, "actor", seen.row))
        lacking = catalogue("l", "directed_by", "year", without=edge)
        fresh = PairSimilarity.fit(lacking, right, schema)
        figures = fresh.compute(np.array([1]), np.array([1]))[0]
        named = dict(zip(fresh.feature_names, figures, strict=True))
        compared = np.array([named[name] for name in version.scored.similarity_names])
        samples = version.inputs.samples.clone()
        samples[1, seen.slot] = -1
        expected = version.literally(1, 1, compared, samples)
        change = explained.changes[Part("neighbour", 0, slot=seen.slot)].probability
        assert explained.probability + change == pytest.approx(expected, abs=1e-5)


def test_a_pair_flips_by_the_fewest_parts_or_by_none() -> None:
    version = small()
    everything = version.scored.candidates
    sizes = []
    for left, right in [(0, 0), (1, 2), (3, 1), (4, 4)]:
        explained = version.explain(left, right)
        found = explained.probability
        single = [
            change.probability
            for part, change in explained.changes.items()
            if part.kind in ("neighbour", "attribute")
        ]
        # the last two are just beyond what one part can do
        beyond = (1.05 * min(single), 1.05 * max(single))
        for threshold in found + np.array([-0.3, -0.1, -0.02, 0.02, 0.1, 0.3, *beyond]):
            checkpoint = dataclasses.replace(version.checkpoint, threshold=float(threshold))
            explainer = Explainer(checkpoint, version.scored)
            compared = everything.similarities[version.position(left, right)]
            pair = explainer.pair(left, right, compared)
            flip = explainer.flip(pair, ROWS)
            sizes.append(len(flip.parts))
            if not flip.parts:
                continue
            before = found >= threshold
            assert (flip.probability >= threshold) != before
            fewer = [tuple(part for part in flip.parts if part != one) for one in flip.parts[:-1]]
            looked = pair.look([flip.parts, *fewer]).probability
            assert looked[0] == pytest.approx(flip.probability, abs=1e-5)
            for without in looked[1:]:
                assert (without >= threshold) == before, "none of them is needless"
    assert {0, 1} < set(sizes) <= {0, 1, 2, 3, 4, 5}


def test_entities_without_neighbours_are_explained_by_their_attributes() -> None:
    version = small()
    alone = dataclasses.replace(version.scored, samples=np.full_like(version.scored.samples, -1))
    explainer = Explainer(version.checkpoint, alone)
    explained = explainer.explain(explainer.pair(0, 0, alone.candidates.similarities[0]), ROWS)
    assert {part.kind for part in explained.changes} == {"attribute"}
    assert explained.attention.left == ()
    assert math.isfinite(explained.probability)


def test_a_tilde_in_a_name_is_no_separator() -> None:
    from kgreview.aligner.leave_one_out import _what

    version = small()
    graph = dataclasses.replace(version.scored.left, attribute_names=("a ~ b", "year"))
    scored = dataclasses.replace(version.scored, left=graph)
    assert _what("a ~ b ~ released: equal", scored) == ("a ~ b", "released")
    assert _what("name: cosine", scored) == ("name", "name")
