"""What a new version changes, for who is reviewing when it arrives."""

from __future__ import annotations

import numpy as np

from kgreview.errors import KGReviewError
from kgreview.pipeline.project import Project
from kgreview.pipeline.promotion import crossed_threshold
from kgreview.store.versions import Version, current_version, decisions_seen, versions


def version_news(project: Project, seen: str) -> str | None:
    """Say what the current version changes against ``seen``, the one that asked so far.

    ``None`` while it is the same one, none is current, or the project has none called ``seen``.
    """
    with project.database() as db:
        by_name = {each.name: each for each in versions(db)}
        current, before = current_version(db), by_name.get(seen)
        if current is None or before is None or current.name == seen:
            return None
        learnt = len(decisions_seen(db, current.name))
    since = (current.promoted_at or current.created_at)[11:16]
    parts = [f"{current.name} is current since {since} UTC"]
    if learnt:
        parts[0] += f", trained on {learnt:,} decision{'' if learnt == 1 else 's'}"
    parts += [*_changed_sides(project, current, before), _threshold(current, before)]
    return ". ".join(parts) + "."


def _changed_sides(project: Project, current: Version, before: Version) -> list[str]:
    try:
        changed = int(np.count_nonzero(crossed_threshold(project, current, before)))
    except KGReviewError:  # the one before scored other candidates
        return []
    return [f"{changed:,} pair{'' if changed == 1 else 's'} crossed the threshold"]


def _threshold(current: Version, before: Version) -> str:
    if round(current.threshold, 2) == round(before.threshold, 2):
        return f"Threshold {current.threshold:.2f} as before"
    return f"Threshold {before.threshold:.2f} → {current.threshold:.2f}"
