"""The verb *export*: the alignment as files that other tools read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kgreview import __version__
from kgreview.arrays import Bools, Floats
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.audit import share_interval
from kgreview.evaluation.metrics import threshold_at_precision
from kgreview.exchange.alignment import ScoredPairs, Settled, What
from kgreview.exchange.export import Export, ExportSettings, Measured, Names, Provenance, names_of
from kgreview.exchange.exports import check_target, form_of, write_export
from kgreview.exchange.groups import Groups, troubles
from kgreview.exchange.threshold_counts import ThresholdCounts
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.columns import finite
from kgreview.graph.links import pair_keys
from kgreview.graph.pair_rows import pair_rows
from kgreview.graph.quoting import quoted
from kgreview.graph.schema import TypePair
from kgreview.pipeline.audit_sample import AuditSample, audit_sample, candidate_scores
from kgreview.pipeline.counterparts import cardinality_by_type
from kgreview.pipeline.project import Project
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import Version, current_version

_FEWEST_SAMPLED = 30  # audited entities from which on they tell the precision, not links
_MOST_TRIED = 200  # thresholds, when one of a certain precision is looked for
_LARGEST_TOLD = 10  # groups beyond their size, in a report
_AUDIT, _VALIDATION = "the audit sample", "the validation links"


@dataclass(frozen=True)
class Choice:
    """What part of an alignment a user wants, and from which score on."""

    what: What | None = None  # None: with what scores give, where anything is scored
    threshold: float | None = None  # None: the version's own
    precision: float | None = None  # in the place of a threshold: the lowest that reaches it


@dataclass(frozen=True)
class ExportReport:
    """What was written."""

    path: Path
    form: str
    provenance: Provenance

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        provenance = self.provenance
        measured = provenance.measured
        return {
            "file": str(self.path),
            "format": self.form,
            "what": provenance.what.value,
            "version": provenance.version,
            "threshold": None if provenance.version is None else provenance.threshold,
            "precision": None if measured is None else finite(measured.precision),
            "recall": None if measured is None else finite(measured.recall),
            "measured_on": None if measured is None else measured.on,
            **provenance.counts,
            "groups_too_large": len(provenance.troubles.large),
            "largest_groups": [group.size for group in provenance.troubles.large[:_LARGEST_TOLD]],
            "several_matches": provenance.troubles.several,
            "rejected_but_joined": provenance.troubles.rejected_within,
            "disputed_pairs": provenance.troubles.disputed,
            "gave_way": provenance.gave_way,
            "links_overruled": provenance.overruled,
            "orphaned": provenance.orphaned,
            "note": provenance.lines(),
        }


def export_project(
    project: Project,
    path: Path,
    *,
    form: str | None = None,
    choice: Choice | None = None,
    settings: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> ExportReport:
    """Write the alignment of a project as ``path``, whole or not at all.

    ``form``: one of ``FORM_NAMES``, told by the name of the file if not given.
    ``settings``: what replaces settings of the project (``license``, ``predicate``, ``values``).
    Raises ``InputError`` for a file that exists without ``force``, a name that tells no form, and a
    precision that no threshold reaches.
    """
    named = form_of(path, form)
    check_target(path, named, force=force)
    made = gather(project, choice or Choice(), settings, progress, notice)
    write_export(path, named, made, progress, notice, force=force)
    return ExportReport(path, named, made.provenance)


def gather(
    project: Project,
    choice: Choice,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> Export:
    """Read the alignment off all that a project holds, ready to be written. Changes nothing."""
    progress("read the alignment", 0, 1)
    outlook = Outlook.of(project, settings)
    if unpaired := project.unpaired_matches():
        notice(f"{unpaired:,} known links left out: they join types that are not paired")
    export = outlook.export(choice)
    progress("read the alignment", 1, 1)
    return export


@dataclass(frozen=True, eq=False)
class Outlook:
    """All that an alignment is read off, read once: it gives the export for any choice."""

    project: Project
    settings: ExportSettings
    version: Version | None  # None while nothing is scored
    cardinality: Mapping[TypePair, Cardinality]
    settled: Settled
    judge: _Judge

    @classmethod
    def of(cls, project: Project, settings: Mapping[str, Any] | None = None) -> Outlook:
        """Read decisions, links and scores. ``settings`` replace those of the project.

        Raises ``InputError`` for settings that make no sense or do not fit the project.
        """
        try:
            chosen = replace(project.settings.export, **(settings or {}))
        except ValueError as error:
            raise InputError(f"{error}; change it for this export or in kgreview.json") from error
        cls.check(project, chosen)
        with project.database() as db:
            version = current_version(db)
            if version is not None and not version.scored:
                version = None
            decisions = standing(db)
            scores = None if version is None else candidate_scores(project, db, version)
        scored = _scored_pairs(project, scores)
        matched = pair_rows(
            project.left, project.right, (d for d in decisions if d.outcome is Outcome.MATCH)
        )
        cardinality = cardinality_by_type(project, matched.left, matched.right)
        links = project.all_links()
        settled = Settled.of(project.left, project.right, decisions, links, scored, cardinality)
        judge = _Judge(project, version, scored, scores)
        return cls(project, chosen, version, cardinality, settled, judge)

    @cached_property
    def names(self) -> Names:
        """What all entities are called: read once for all exports."""
        return names_of(self.project.left, self.project.right, self.project.schema)

    @cached_property
    def counts(self) -> ThresholdCounts:
        """What lies from each threshold on, before conflicts are resolved."""
        return ThresholdCounts.of(self.settled)

    def export(self, choice: Choice) -> Export:
        """Read the alignment off as a user chose it. Raises what ``export_project`` does."""
        threshold, words = self.judge.threshold(choice)
        left, right = self.project.left, self.project.right
        whole = self.settled.at(threshold)
        what = self.what(choice)
        part = whole.part(what)
        troubles_of_alignment = troubles(
            part,
            Groups.of(part, left, right),
            left,
            right,
            self.cardinality,
            self.settings.largest_group,
            whole,
        )
        predicts = what is not What.ACCEPTED
        provenance = Provenance(
            project=self.project.settings.name,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            release=__version__,
            version=None if self.version is None else self.version.name,
            has_network=self.version is not None and self.version.kind != "similarity",
            threshold=threshold,
            threshold_words=words,
            measured=self.judge.measured(threshold) if predicts else None,
            what=what,
            counts=part.counts(),
            cardinality=self.cardinality,
            troubles=troubles_of_alignment,
            overruled=whole.overruled,
            gave_way=whole.gave_way if predicts else 0,
            orphaned=whole.orphaned,
        )
        return Export(
            *(left, right, self.project.schema, part, provenance, self.settings),
            read_names=lambda: self.names,
        )

    @staticmethod
    def check(project: Project, settings: ExportSettings) -> None:
        """Raise ``InputError`` for settings that name what the graphs or the schema lack."""
        if settings.values != "newest":
            return
        for side, graph in (("left", project.left), ("right", project.right)):
            name = getattr(settings, f"{side}_changed")
            if name not in graph.attribute_names:
                what = f"names {quoted(name)}, which no {side} entity has" if name else "is not set"
                raise InputError(
                    f"kgreview.json: '{side}_changed' {what}; the rule 'newest' needs the "
                    "attribute that says when an entity was last changed"
                )

    def what(self, choice: Choice) -> What:
        """Say which part is meant: without a choice all that there is to hand on."""
        return choice.what or (What.ACCEPTED if self.version is None else What.PREDICTED)


def _scored_pairs(project: Project, scores: Floats | None) -> ScoredPairs:
    if scores is None:
        return ScoredPairs.none()
    pairs = project.candidates()
    if len(scores) != len(pairs):
        raise KGReviewError(
            f"{project.path}: its candidates are being made anew; export when that is done"
        )
    return ScoredPairs(np.asarray(pairs.left), np.asarray(pairs.right), scores)


# ---------------------------------------------------------------- thresholds


@dataclass(frozen=True, eq=False)
class _Judge:
    """Measures what scores give, at any threshold."""

    project: Project
    version: Version | None
    scored: ScoredPairs
    scores: Floats | None

    def threshold(self, choice: Choice) -> tuple[float, str]:
        """Give the threshold to use, and where it comes from, in words."""
        if choice.threshold is not None and choice.precision is not None:
            raise InputError("give --threshold or --precision, not both")
        for name, value in (("threshold", choice.threshold), ("precision", choice.precision)):
            if value is not None and not 0 <= value <= 1:  # nan, too
                raise InputError(f"--{name} {value}: give a number from 0 to 1")
        if self.version is None:
            if choice.precision is not None or choice.threshold is not None:
                raise KGReviewError(
                    f"{self.project.path}: nothing is scored yet; run `kgreview run` first, or "
                    "leave the threshold out"
                )
            return math.inf, ""
        if choice.precision is not None:
            if choice.precision not in self._of_precisions:
                self._of_precisions[choice.precision] = self._of_precision(choice.precision)
            return self._of_precisions[choice.precision]
        if choice.threshold is not None:
            return choice.threshold, "as given"
        return self.version.threshold, "the version's own"

    def measured(self, threshold: float) -> Measured | None:
        """Say how precise the alignment from a threshold on is, as far as anything tells."""
        sample, (labels, scores) = self._sample, self._validation
        if sample is not None and (len(sample.top) >= _FEWEST_SAMPLED or not labels.any()):
            figures = sample.figures(threshold)
            on = f"{_AUDIT} ({figures.sampled:,} entities)"
            return Measured(figures.precision, on, figures.recall)
        called = scores >= threshold
        if not labels.any() or not called.any():
            return None
        share = share_interval(int(labels[called].sum()), int(called.sum()))
        return Measured(share, f"{_VALIDATION} ({int(called.sum()):,} pairs from it on)")

    def _of_precision(self, wanted: float) -> tuple[float, str]:
        sample, (labels, scores) = self._sample, self._validation
        if sample is not None and (len(sample.top) >= _FEWEST_SAMPLED or not labels.any()):
            lowest, on = _lowest(sample, wanted), _AUDIT
        elif labels.any():
            lowest = threshold_at_precision(labels.astype(np.int8), scores, wanted)
            on = _VALIDATION
        else:
            raise KGReviewError(
                f"{self.project.path}: nothing tells the precision yet: answer questions of the "
                "audit sample, or give --threshold"
            )
        if math.isnan(lowest):
            raise InputError(
                f"--precision {wanted:g}: no threshold reaches it by {on}; ask for less, or give "
                "--threshold"
            )
        return lowest, f"the lowest of precision {wanted:g} by {on}"

    @cached_property
    def _of_precisions(self) -> dict[float, tuple[float, str]]:
        """What was found for a precision before: it takes seconds."""
        return {}

    @cached_property
    def _sample(self) -> AuditSample | None:
        return None if self.scores is None else audit_sample(self.project, self.scores)

    @cached_property
    def _validation(self) -> tuple[Bools, Floats]:
        """Give labels and scores of the candidates that validation links tell.

        Matches of entities that may have several counterparts are left out: of these links know no
        non-match, and matches alone would make any threshold precise.
        """
        left, right = self.scored.left, self.scored.right
        valid = self.project.links("valid")
        labels = valid.labels(left, right)
        alone = self.project.paired_links("valid").gold & ~valid.gold
        is_told = (labels >= 0) & ~np.isin(pair_keys(left, right), valid.take(alone).keys)
        return labels[is_told] == 1, self.scored.score[is_told]


def _lowest(sample: AuditSample, wanted: float) -> float:
    """Give the lowest threshold at which the audit sample tells the precision; nan: none does."""
    tried = np.unique(np.concatenate([sample.top, sample.others[np.isfinite(sample.others)]]))
    if len(tried) > _MOST_TRIED:
        tried = np.unique(np.quantile(tried, np.linspace(0, 1, _MOST_TRIED), method="nearest"))
    for threshold in tried.tolist():
        if sample.figures(threshold).precision.value >= wanted:
            return float(threshold)
    return math.nan
