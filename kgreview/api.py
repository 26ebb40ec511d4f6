"""The Python interface: a project as an object, its alignment as a pandas frame.

A thin face on what the command and the pages call; ``docs/api.md`` shows it at work.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kgreview.api_values import (
    AnyPath,
    ConflictError,
    Entity,
    Pair,
    filter_of,
    has_decisions,
    outcome_of,
    pair_of,
    part_of,
    paths_of,
    times_of,
)
from kgreview.errors import InputError
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
from kgreview.store.decisions import Decision
from kgreview.store.drafts import Draft
from kgreview.store.history import HistoryFilter
from kgreview.store.pair_filter import EVERYTHING
from kgreview.store.questions import NO_CANDIDATE

if TYPE_CHECKING:
    from kgreview.aligner.settings import AlignerSettings
    from kgreview.pipeline.version_entry import VersionReport

__all__ = ["ConflictError", "Entity", "Pair", "Project", "SourceOptions"]

Resolution = Literal["raise", "switch", "both"]

_AS_IT_IS = SourceOptions()
_TEXTS = ("left_name", "right_name", "basis", "reason", "note", "group")


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
            links=paths_of(links),
            valid_links=paths_of(valid_links),
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
        wanted = EVERYTHING if like is None else filter_of(like)
        view = session.next_pair(self._folder, self.curator, wanted, hidden=blind)
        return None if view is None else pair_of(view)

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
        return pair_of(view)

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
        answer, question = outcome_of(outcome), pair.view.question
        if self.settings.reasons and reason and reason not in self.settings.reasons:
            raise InputError(f"reason '{reason}': give one of {', '.join(self.settings.reasons)}")
        if on_conflict not in ("raise", "switch", "both"):
            raise InputError(f"on_conflict '{on_conflict}': give raise, switch or both")
        # that its types, which the schema pairs, are new is a hint for somebody at a screen: a
        # program would meet it with its first match
        conflicts = session.at_odds(self._folder, self.curator, question, answer)
        at_odds = [each for each in conflicts if each.kind != "types"]
        if on_conflict == "switch" and at_odds and not has_decisions(at_odds):
            raise ConflictError(at_odds)
        accepted = [each for each in conflicts if on_conflict == "switch" or each.kind == "types"]
        try:
            return session.decide(
                self._folder,
                self.curator,
                question,
                session.Answer(answer, hidden=pair.view.hidden, draft=Draft(note, reason, flagged)),
                set_aside=at_odds if on_conflict == "switch" else (),
                seen=None if on_conflict == "both" else accepted,
                notice=_warn,
            )
        except session.AtOddsError as error:
            raise ConflictError(
                [each for each in error.conflicts if each not in accepted]
            ) from None

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
        frame["time"] = times_of(frame["time"])
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
        notes: list[str] = []
        choice = Choice(part_of(what), threshold, precision)
        made = gather(self._folder, choice, progress=progress, notice=notes.append)
        rows = list(table_rows(made, progress))
        texts = {name: [row[name] for row in rows] for name in ("left", "right", "outcome")}
        frame: pd.DataFrame = pd.DataFrame(
            texts
            | {"curator": [row["curator"] for row in rows]}
            | {name: [row[name] for row in rows] for name in _TEXTS},
            dtype="object" if not rows else None,
        )
        frame.insert(2, "score", pd.Series([row["score"] for row in rows], dtype="float64"))
        frame.insert(5, "time", times_of(pd.Series([row["decided_at"] for row in rows])))
        frame.attrs["note"] = [*made.provenance.lines(), *notes]
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
        choice = Choice(part_of(what), threshold, precision)
        return export_project(
            self._folder, Path(path), form=form, choice=choice, force=force, progress=progress
        )


def _warn(text: str) -> None:
    """Tell a program what failed after its answer was saved."""
    warnings.warn(text, stacklevel=4)
