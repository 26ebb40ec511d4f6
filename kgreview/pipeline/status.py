"""The verb *status*: what a project holds and how far its review is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import TypePair
from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.project import SPLITS, Project
from kgreview.pipeline.promotion import comparison
from kgreview.store.asked_types import not_asked, open_count, open_not_asked
from kgreview.store.candidate_pairs import candidate_count
from kgreview.store.decisions import counts
from kgreview.store.jobs import latest_jobs, reap
from kgreview.store.refreshed import orphaned_count
from kgreview.store.versions import current_version, decisions_seen, promotions, versions


def project_status(project: Project) -> dict[str, Any]:
    """Sum a project up in JSON values."""
    with project.database() as db:
        ask_by_schema(project, db)
        reap(db)
        version = current_version(db)
        jobs = latest_jobs(db, limit=1)
        return {
            "name": project.settings.name,
            "left": _size(project.left),
            "right": _size(project.right),
            "types": [str(pair) for pair in project.schema.types],
            "links": {
                **{split: len(project.links(split)) for split in SPLITS},
                "unpaired": project.unpaired_matches(),
            },
            "candidates": candidate_count(db),
            "open_pairs": open_count(db),
            "not_asked": {
                "types": [str(TypePair(*types)) for types in not_asked(db)],
                "open_pairs": open_not_asked(db),
            },
            "decisions": {outcome.value: n for outcome, n in counts(db).items()},
            "orphaned_decisions": orphaned_count(db),  # on entities that are gone
            "version": None
            if version is None
            else {"name": version.name, "kind": version.kind, **version.figures},
            "job": None if not jobs else asdict(jobs[0]),
        }


def project_versions(project: Project) -> list[dict[str, Any]]:
    """Give all versions as JSON values, the newest first, each with its promotions."""
    with project.database() as db:
        all_versions, all_promotions = versions(db), promotions(db)
        seen = {version.name: len(decisions_seen(db, version.name)) for version in all_versions}
    return [
        {
            "name": version.name,
            "current": version.current,
            "held_back": version.held if version.held_back else None,
            "kind": version.kind,
            "parent": version.parent,
            "created_at": version.created_at,
            "decisions": seen[version.name],
            "seed": version.seed,
            "threshold": version.threshold,
            "figures": version.figures,
            "settings": version.settings,
            "comparison": comparison(project, version.name),
            "promotions": [
                asdict(event) for event in all_promotions if event.version == version.name
            ],
        }
        for version in all_versions
    ]


def is_ready(project: Project) -> bool:
    """Whether a version has scored the candidates, so that there is something to review."""
    with project.database() as db:
        version = current_version(db)
    return version is not None and version.scored


def _size(graph: KnowledgeGraph) -> dict[str, int]:
    return {
        "entities": graph.num_entities,
        "values": graph.num_values,
        "relations": graph.num_edges,
    }
