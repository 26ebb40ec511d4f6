"""Everything the review page shows for one question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

from kgreview.active.strategies import AUDIT
from kgreview.aligner.explanation import PairAttention, PairExplanation
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema, TypePair
from kgreview.store.questions import Question
from kgreview.ui.bands import Counterparts
from kgreview.ui.canvas_layout import lines_of_side
from kgreview.ui.canvas_page import Drawing
from kgreview.ui.comparison import AttributeRow, compare_entities
from kgreview.ui.comparison_html import attributes_html
from kgreview.ui.entity_summary import Side, side_of
from kgreview.ui.evidence import Evidence
from kgreview.ui.heading import heading_html, share
from kgreview.ui.neighbourhood import neighbourhood_drawing
from kgreview.ui.waterfall import waterfall_html

_SHORT_TABLE = 7  # attributes that a fourth of the window shows
_LOW_CANVAS = 10  # lines of neighbours that two fifths of it show


@dataclass(frozen=True)
class PairView:
    """One candidate pair as a curator sees it."""

    question: Question
    left: Side
    right: Side
    rows: tuple[AttributeRow, ...]
    has_attention: bool
    evidence: Evidence | None = None  # what happens without each part, once that is known
    hidden: bool = False  # score and evidence are kept from the curator
    counterparts: Counterparts = ()  # relations that correspond, the strongest first
    types: frozenset[tuple[str, str]] = frozenset()  # that correspond, left and right
    decided: str = ""  # what stands of a pair that the curator opened, in a sentence

    @property
    def why(self) -> str:
        """Say why this pair is here now, unless that would tell how the model sees it."""
        if self.hidden and self.question.strategy == "again":
            return "You decided this pair before. Look again: your new answer counts."
        if self.hidden and self.question.strategy not in {AUDIT, "second", "chosen"}:
            return "Next in the queue; the reason is hidden, as it would reveal the score."
        return f"{self.question.why} {self.decided}".rstrip()

    @property
    def is_tall(self) -> bool:
        """Whether attributes need room that few neighbours leave."""
        lines = max(lines_of_side(self.left), lines_of_side(self.right))
        return len(self.rows) > _SHORT_TABLE and lines <= _LOW_CANVAS

    def heading(self) -> str:
        """Write names, types and probability as HTML, which opens where it comes from."""
        score, fall = self.question.score, ""
        if self.evidence is not None and score is not None and not self.hidden:
            fall = waterfall_html(self.evidence, (self.left, self.right), share(score))
        return heading_html(
            self.left,
            self.right,
            score,
            hidden=self.hidden,
            waterfall=fall,
            token=self.question.token,
        )

    def attributes(self) -> str:
        """Write the attribute table as HTML, in a frame that scrolls."""
        table = attributes_html(self.rows, self.evidence)
        return f'<div class="kg-scroll" data-pair="{escape(self.question.token)}">{table}</div>'

    def canvas(self, *, height: int, dark: bool) -> Drawing:
        """Draw both neighbourhoods."""
        return neighbourhood_drawing(
            self.left,
            self.right,
            height=height,
            dark=dark,
            evidence=self.evidence,
            counterparts=self.counterparts,
            types=self.types,
        )


def explained(
    view: PairView,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    explanation: PairExplanation,
    urls: tuple[str, str] = ("", ""),
) -> PairView:
    """Put what happens without each part of a pair beside what the network looked at."""
    a, b = left.row(view.question.left), right.row(view.question.right)
    seen = explanation.attention
    return replace(
        view,
        left=side_of(left, a, schema.left_names, seen.left, link=urls[0]),
        right=side_of(right, b, schema.right_names, seen.right, link=urls[1]),
        evidence=Evidence.of(explanation, left, right),
    )


def pair_view(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    question: Question,
    attention: PairAttention | None = None,
    urls: tuple[str, str] = ("", ""),
) -> PairView:
    """Put together what is shown of a question.

    Reads the two entities and the neighbours shown, so its cost does not grow with the graphs.
    ``attention`` is ``None`` where no network has scored the pair; ``urls`` are the templates of
    either graph's entity pages, see ``entity_url``. Raises ``InputError`` where the question
    names an entity that its graph lacks.
    """
    a, b = left.row(question.left), right.row(question.right)
    seen = attention or PairAttention((), ())
    return PairView(
        question=question,
        left=side_of(left, a, schema.left_names, seen.left, link=urls[0]),
        right=side_of(right, b, schema.right_names, seen.right, link=urls[1]),
        rows=compare_entities(left, a, right, b, schema),
        has_attention=attention is not None,
        counterparts=schema.counterparts(TypePair(left.type_of(a), right.type_of(b))),
        types=frozenset((pair.left, pair.right) for pair in schema.types),
    )
