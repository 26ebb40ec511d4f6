"""Print how long fine-tuning takes on a real pair of graphs, without any link to begin with.

    python benchmarks/finetuning.py FOLDER [--decisions 112] [--rounds 2]

FOLDER holds left/, right/ and links/. A curator who knows the links answers what the queue asks,
and after each round the network is fine-tuned: trained, held against the current version, and all
candidates scored, until the queue follows. Each tenth decision falls into the audit sample and
trains nothing, and a second look adds nothing: of 112 a hundred or so are learnt from.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from kgreview.exchange.pair_folders import open_pair
from kgreview.graph.links import Links
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.review import session
from kgreview.store.decisions import DOUBT
from kgreview.store.outcomes import Outcome

CURATOR = "Ada"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--decisions", type=int, default=112)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder: Path = options.folder
        project = create_project(Path(work) / "project", folder / "left", folder / "right")
        block_project(project)
        score_project(project, train_project(project).name)
        project.save_settings(finetune_after=0)  # not by itself
        matches = known_matches(project, folder)
        load = os.getloadavg()[0]
        print(f"{len(project.candidates().left):,} candidates; load average {load:.2f}")
        for _ in range(options.rounds):
            learnt_from = sum(decide(project, matches) for _ in range(options.decisions))
            started = time.perf_counter()
            made = finetune_project(project)
            print(
                f"{options.decisions} decisions, {learnt_from} of them to learn from: "
                f"{made.kind} {made.name} in {time.perf_counter() - started:.1f} s",
                flush=True,
            )


def known_matches(project: Project, folder: Path) -> set[tuple[int, int]]:
    """Read all matches that the folder's links tell, as rows of the graphs."""
    pair = open_pair(folder)
    by_split = pair.read_links(pair.splits, project.left, project.right).links
    links = Links.concatenate(*by_split.values()).matches
    return set(zip(links.left.tolist(), links.right.tolist(), strict=True))


def decide(project: Project, matches: set[tuple[int, int]]) -> bool:
    """Answer what the queue asks; say whether the answer is learnt from."""
    shown = session.next_pair(project, CURATOR)
    assert shown is not None
    asked = shown.question
    pair = project.left.row(asked.left), project.right.row(asked.right)
    session.decide(
        project,
        CURATOR,
        asked,
        session.Answer(Outcome.MATCH if pair in matches else Outcome.NO_MATCH, 1.0),
    )
    return asked.strategy not in ("audit", DOUBT)


if __name__ == "__main__":
    main()
