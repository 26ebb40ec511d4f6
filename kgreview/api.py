"""The Python interface: a project as an object, its alignment as a pandas frame.

A thin face on what the command and the pages call; ``docs/api.md`` shows it at work.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kgreview.errors import InputError
from kgreview.exchange.alignment import What
from kgreview.exchange.export_tables import table_rows
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.pair_folders import open_pair
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.export import Choice, ExportReport, export_project, gather
from kgreview.pipeline.project import Project as ProjectFolder
from kgreview.pipeline.project_settings import ProjectSettings
from kgreview.pipeline.run import RunReport, run_project
from kgreview.pipeline.status import project_status
from kgreview.progress import Progress, silent
from kgreview.review import history, session
from kgreview.review.any_pair import judge
from kgreview.review.people import enter_curator
from kgreview.store.conflicts import Conflict
from kgreview.store.decisions import Decision
from kgreview.store.drafts import Draft
from kgreview.store.history import HistoryFilter
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.queue import NO_CANDIDATE
from kgreview.ui.entity_summary import Side
from kgreview.ui.pair import PairView

if TYPE_CHECKING:
    from kgreview.aligner.settings import AlignerSettings
    from kgreview.pipeline.version_entry import VersionReport

__all__ = ["ConflictError", "Entity", "Pair", "Project", "SourceOptions"]

AnyPath = str | PathLike[str]
Resolution = Literal["raise", "switch", "both"]

_AS_IT_IS = SourceOptions()
_TEXTS = ("left_name", "right_name", "basis", "reason", "note", "group")


class ConflictError(InputError):
    """An answer is at odds with what stands. Nothing was saved; ``conflicts`` says with what."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        switch = "on_conflict='switch' takes those decisions back and saves this one, "
        super().__init__(
            " ".join(each.words for each in conflicts)
            + " Nothing is saved: "
            + (switch if _taken_back(conflicts) else "")
            + "on_conflict='both' lets all stand, and the outcome 'skip' keeps what there is"
        )


@dataclass(frozen=True)
class Entity:
    """One entity of a pair."""

    side: str  # 'left' or 'right'
    id: str
    name: str
    type: str
    url: str | None  # where it can be looked up


@dataclass(frozen=True)
class Pair:
    """A candidate pair, as a curator is asked about it."""

    left: Entity
    right: Entity
    score: float | None  # probability that both are the same; None: not scored, or hidden
    why: str  # why this pair is asked about now, in a sentence
    strategy: str  # of the queue, that chose it
    view: PairView = field(repr=False, compare=False)  # what the page would show

    @cached_property
    def attributes(self) -> pd.DataFrame:
        """What both entities say, attributes that correspond on one row.

        Columns: ``left_attribute``, ``left``, ``right``, ``right_attribute`` and ``comparison``.
        Values are tuples of strings; attributes are ``None`` where a side has none.
        """
        rows = [
            (
                row.left_attribute,
                tuple(value.text for value in row.left),
                tuple(value.text for value in row.right),
                row.right_attribute,
                row.likeness.words,
            )
            for row in self.view.rows
        ]
        columns = ["left_attribute", "left", "right", "right_attribute", "comparison"]
        frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
        return frame

    @cached_property
    def neighbours(self) -> pd.DataFrame:
        """The neighbours worth a look, at most 25 a side; ``attrs['left_out']`` counts the others.

        Columns: ``side``, ``relation``, ``inverse`` (the neighbour is the head), ``id``, ``name``,
        ``type`` and ``contribution``, what it adds to the log odds of the pair, nan where the
        network has not sampled it.
        """
        rows = [
            (side, each.relation, each.inverse, each.id, each.name, each.type, each.contribution)
            for side, entity in (("left", self.view.left), ("right", self.view.right))
            for each in entity.neighbours
        ]
        columns = ["side", "relation", "inverse", "id", "name", "type", "contribution"]
        frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
        frame.attrs["left_out"] = sum(
            more.count for entity in (self.view.left, self.view.right) for more in entity.more
        )
        return frame


class Project:
    """A project folder: two graphs, their candidates, decisions and versions.

    One object may be used from several threads: each call opens the database for itself. All errors
    that a caller can act on are ``kgreview.KGReviewError``.
    """

    def __init__(self, folder: ProjectFolder, curator: str | None = None) -> None:
        self._opened = folder
        self._named = curator or session.login_name()

    @property
    def _folder(self) -> ProjectFolder:
        """The folder as it is now: settings and rows may have changed since it was opened."""
        self._opened = self._opened.as_it_is()
        return self._opened

    def __repr__(self) -> str:
        return f"Project({str(self.path)!r}, curator={self._named!r})"

    @cached_property
    def curator(self) -> str:
        """The name that decisions bear: the one given, as it is spelt in the project.

        Raises ``InputError`` for one that looks like another's, or is of somebody who signs in.
        """
        return enter_curator(self._folder, self._named)

    @classmethod
    def create(
        cls,
        path: AnyPath,
        left: AnyPath | None = None,
        right: AnyPath | None = None,
        *,
        pair: AnyPath | None = None,
        links: AnyPath | Iterable[AnyPath] = (),
        valid_links: AnyPath | Iterable[AnyPath] = (),
        same_ids: bool = False,
        left_options: SourceOptions = _AS_IT_IS,
        right_options: SourceOptions = _AS_IT_IS,
        links_format: str | None = None,
        schema: AnyPath | None = None,
        name: str | None = None,
        seed: int = 0,
        audit_share: float = 0.1,
        curator: str | None = None,
        progress: Progress = silent,
    ) -> Project:
        """Import two graphs and their known links into a new folder, as ``kgreview create`` does.

        ``pair``: a folder of both graphs and their links, in the place of ``left``, ``right`` and
        ``links``, as --pair takes. ``links``: one file or several. ``left_options`` and
        ``right_options``: how a graph is to be read, where it does not say so itself. ``notes`` of
        the project says what was cut, guessed or left out. Raises ``InputError`` where ``path``
        exists or the input is at fault; nothing is left behind then.
        """
        made = create_project(
            Path(path),
            None if left is None else Path(left),
            None if right is None else Path(right),
            pair=None if pair is None else open_pair(Path(pair)),
            links=_paths(links),
            valid_links=_paths(valid_links),
            same_ids=same_ids,
            links_format=links_format,
            schema=None if schema is None else Path(schema),
            name=name,
            seed=seed,
            audit_share=audit_share,
            left_options=left_options,
            right_options=right_options,
            progress=progress,
        )
        return cls(made, curator)

    @classmethod
    def open(cls, path: AnyPath, *, curator: str | None = None) -> Project:
        """Open a project folder. Raises ``InputError`` where there is none.

        ``curator``: whose name decisions bear, by default the login name.
        """
        return cls(ProjectFolder.open(Path(path)), curator)

    @property
    def path(self) -> Path:
        """The folder."""
        return self._opened.path

    @property
    def settings(self) -> ProjectSettings:
        """What ``kgreview.json`` says."""
        return self._folder.settings

    @property
    def notes(self) -> list[str]:
        """What was cut, guessed or left out when the project was made, a line each."""
        return list(self._folder.notes)

    # ---------------------------------------------------------------- the network

    def run(
        self,
        *,
        settings: AlignerSettings | None = None,
        device: str = "auto",
        progress: Progress = silent,
    ) -> RunReport:
        """Find candidates, train and score, so that there is something to review.

        Settings and schema are read anew: what was changed in their files counts.
        """
        return run_project(self._folder, settings=settings, device=device, progress=progress)

    def finetune(self, *, device: str = "auto", progress: Progress = silent) -> VersionReport:
        """Go on training with the decisions made so far, score, and make the result current."""
        from kgreview.pipeline.jobs import in_foreground
        from kgreview.pipeline.training import finetune_project

        with in_foreground(self._folder, "fine-tune", progress) as tell:
            return finetune_project(self._folder, device=device, progress=tell)

    def status(self) -> dict[str, Any]:
        """Say what the project holds and how far its review is, as ``kgreview status --json``."""
        return project_status(self._folder)

    # ---------------------------------------------------------------- review

    def next_pair(
        self, *, blind: bool = False, like: Mapping[str, str] | None = None
    ) -> Pair | None:
        """Give the pair that is asked about next; ``None`` when none is left.

        It is the same one until it is decided, also after a restart. ``blind``: without score and
        attention. ``like``: the filter of an address of the review page, such as
        ``{"q": "kapoor", "order": "likely"}``. Raises ``InputError`` for one that makes no sense.
        """
        wanted = EVERYTHING if like is None else _filter(like)
        view = session.next_pair(self._folder, self.curator, wanted, hidden=blind)
        return None if view is None else _pair(view)

    def pair(self, left: str, right: str, *, blind: bool = False) -> Pair:
        """Give a certain pair by its two ids; deciding one that is no candidate makes it one.

        To score such a pair the network is loaded, which takes seconds the first time. Raises
        ``InputError`` for an unknown id, and for types that the schema does not pair.
        """
        view = session.given_pair(self._folder, self.curator, left, right, hidden=blind)
        if view is None:
            raise InputError(f"no such pair: {session.refused(self._folder, left, right)}")
        if view.question.candidate == NO_CANDIDATE and not blind:
            score = judge(self._folder, view.question).score
            view = replace(view, question=replace(view.question, score=score))
        return _pair(view)

    def decide(
        self,
        pair: Pair,
        outcome: str,
        *,
        note: str = "",
        reason: str = "",
        flagged: bool = False,
        on_conflict: Resolution = "raise",
    ) -> Decision:
        """Save an answer: ``match``, ``no_match``, ``unsure``, ``skip`` or ``no_counterpart``.

        A second answer to the same pair object changes nothing and gives the first; ask for the
        pair again to change your mind. ``reason``: one of the project's reasons, if it has any.
        Raises ``ConflictError`` where the answer is at odds with what stands, unless
        ``on_conflict`` says what to do: ``switch`` or ``both``.
        """
        said, question = _outcome(outcome), pair.view.question
        if self.settings.reasons and reason and reason not in self.settings.reasons:
            raise InputError(f"reason '{reason}': give one of {', '.join(self.settings.reasons)}")
        if on_conflict not in ("raise", "switch", "both"):
            raise InputError(f"on_conflict '{on_conflict}': give raise, switch or both")
        # that its types, which the schema pairs, are new is a hint for somebody at a screen: a
        # program would meet it with its first match
        found = session.at_odds(self._folder, self.curator, question, said)
        at_odds = [each for each in found if each.kind != "types"]
        if on_conflict == "switch" and at_odds and not _taken_back(at_odds):
            raise ConflictError(at_odds)
        heard = [each for each in found if on_conflict == "switch" or each.kind == "types"]
        try:
            return session.decide(
                self._folder,
                self.curator,
                question,
                said,
                hidden=pair.view.hidden,
                draft=Draft(note, reason, flagged),
                set_aside=at_odds if on_conflict == "switch" else (),
                told=None if on_conflict == "both" else heard,
                notice=_warn,
            )
        except session.AtOddsError as error:
            raise ConflictError([each for each in error.conflicts if each not in heard]) from None

    def undo(self) -> Decision | None:
        """Take back this curator's last decision; give it, ``None`` where there is none."""
        return session.undo(self._folder, self.curator, secrets.token_hex(16))

    def decisions(self) -> pd.DataFrame:
        """Give all decisions ever made, the newest first, with what became of each.

        Columns: ``id``, ``time`` (UTC), ``curator``, ``outcome``, ``state`` (``stands``, ``undone``
        or ``superseded``), ``left``, ``right``, ``score``, ``version``, ``strategy``, ``note``,
        ``reason``, ``flagged``.
        """
        rows = [
            (
                *(past.decision.id, past.decision.created_at, past.decision.curator),
                *(past.decision.outcome.value, past.state, past.decision.left),
                *(past.decision.right, past.decision.score, past.decision.version),
                *(past.decision.strategy, past.decision.note or "", past.decision.reason or ""),
                past.decision.flagged,
            )
            for past in history.all_decisions(self._folder, HistoryFilter())
        ]
        columns = (
            *("id", "time", "curator", "outcome", "state", "left", "right", "score"),
            *("version", "strategy", "note", "reason", "flagged"),
        )
        frame: pd.DataFrame = pd.DataFrame(rows, columns=list(columns))
        frame["time"] = _times(frame["time"])
        frame["score"] = frame["score"].astype("float64")
        return frame

    # ---------------------------------------------------------------- the alignment

    def alignment(
        self,
        *,
        what: str | None = None,
        threshold: float | None = None,
        precision: float | None = None,
        progress: Progress = silent,
    ) -> pd.DataFrame:
        """Give the alignment as ``kgreview export`` would write it, a row a pair.

        ``what``: ``accepted``, ``accepted+predicted`` or ``all``, by default the second where
        anything is scored. ``threshold``: the score from which on a pair is predicted, by default
        the version's own; or ``precision``: the lowest threshold that reaches it.

        Columns: ``left``, ``right`` (ids; ``right`` is '' where there is no counterpart), ``score``
        (nan: no candidate), ``outcome``, ``curator``, ``time`` (UTC, of the last decision), names,
        ``basis`` (``decision``, ``link`` or ``score``), ``reason``, ``note`` and ``group``.
        ``attrs["note"]`` says in lines what the alignment rests on. Raises ``InputError`` for a
        precision that no threshold reaches.
        """
        heard: list[str] = []
        choice = Choice(_part(what), threshold, precision)
        made = gather(self._folder, choice, progress=progress, notice=heard.append)
        rows = list(table_rows(made, progress))
        texts = {name: [row[name] for row in rows] for name in ("left", "right", "outcome")}
        frame: pd.DataFrame = pd.DataFrame(
            texts
            | {"curator": [row["curator"] for row in rows]}
            | {name: [row[name] for row in rows] for name in _TEXTS},
            dtype="object" if not rows else None,
        )
        frame.insert(2, "score", pd.Series([row["score"] for row in rows], dtype="float64"))
        frame.insert(5, "time", _times(pd.Series([row["decided_at"] for row in rows])))
        frame.attrs["note"] = [*made.provenance.lines(), *heard]
        return frame

    def export(
        self,
        path: AnyPath,
        *,
        form: str | None = None,
        what: str | None = None,
        threshold: float | None = None,
        precision: float | None = None,
        force: bool = False,
        progress: Progress = silent,
    ) -> ExportReport:
        """Write the alignment as a file, as ``kgreview export`` does: SSSOM, RDF, CSV and others.

        ``form``: told by the file's name if not given. Raises ``InputError`` where the file exists,
        unless ``force``.
        """
        choice = Choice(_part(what), threshold, precision)
        return export_project(
            self._folder, Path(path), form=form, choice=choice, force=force, progress=progress
        )


def _paths(given: AnyPath | Iterable[AnyPath]) -> list[Path]:
    if isinstance(given, str | PathLike):
        return [Path(given)]
    return [Path(each) for each in given]


def _filter(given: Mapping[str, str]) -> PairFilter:
    wanted = PairFilter.from_parameters(given)
    whole = {"low": "0", "high": "1"}  # which an address leaves out
    read = wanted.parameters()
    unread = sorted(n for n, text in given.items() if n not in read and text != whole.get(n))
    if unread:
        raise InputError(f"filter: {', '.join(unread)} makes no sense; see docs/api.md")
    return wanted


def _pair(view: PairView) -> Pair:
    question = view.question
    return Pair(
        _entity("left", view.left),
        _entity("right", view.right),
        None if view.hidden else question.score,
        view.why,
        question.strategy,
        view,
    )


def _entity(side: str, shown: Side) -> Entity:
    return Entity(side, shown.id, shown.name, shown.type, shown.url)


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        choices = ", ".join(each.value for each in Outcome)
        raise InputError(f"outcome '{text}': give one of {choices}") from None


def _part(text: str | None) -> What | None:
    try:
        return None if text is None else What(text)
    except ValueError:
        choices = ", ".join(each.value for each in What)
        raise InputError(f"what '{text}': give one of {choices}") from None


def _warn(text: str) -> None:
    """Tell a program what failed after its answer was saved."""
    warnings.warn(text, stacklevel=4)


def _taken_back(conflicts: Iterable[Conflict]) -> bool:
    """Whether any of them are decisions: a known link cannot be taken back."""
    return any(each.decisions for each in conflicts)


def _times(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Read times in ISO 8601, UTC; of '' there is none."""
    return pd.to_datetime(texts.replace("", None), utc=True, format="ISO8601")
