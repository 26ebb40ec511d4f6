"""Which methods know something of the test links: what the tests of the benchmark ask."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from kgreview.aligner.baselines.registry import RUNNABLE
from kgreview.exchange.links import KnownLinks
from kgreview.exchange.pair_folders import PairFolder
from kgreview.experiments.benchmark import prepare, run_method
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.progress import Notice, Progress, silent, unheard


def leaking(pair: PairFolder, methods: Sequence[str] = RUNNABLE) -> tuple[str, ...]:
    """Name the methods that know something of the test links: all must score as if these differed.

    Each runs twice, here and on the same folder with test links that say something else. Only what
    scores the same both times is clean; networks on several threads round differently.
    """
    with tempfile.TemporaryDirectory(prefix="kgreview-leak-") as work:
        sets = []
        for number, source in enumerate((pair, OtherTestLinks.of(pair))):
            folder = Path(work) / str(number)
            folder.mkdir()
            sets.append(prepare(source, folder)[0])
        found = []
        for name in methods:
            first, second = (run_method(data, name, device="cpu").scores for data in sets)
            if not np.allclose(first, second, rtol=0, atol=1e-3 * float(np.std(first))):
                found.append(name)
        return tuple(found)


@dataclass(frozen=True)
class OtherTestLinks(PairFolder):
    """A pair folder whose gold test links lead elsewhere; judged ones have the other label."""

    @classmethod
    def of(cls, pair: PairFolder) -> OtherTestLinks:
        """Give the same folder with other test links."""
        return cls(**{each.name: getattr(pair, each.name) for each in fields(pair)})

    def read_links(
        self,
        splits: Sequence[str],
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        progress: Progress = silent,
        notice: Notice = unheard,
    ) -> KnownLinks:
        """Read links as they are, those to test with turned."""
        known = super().read_links(splits, left, right, progress, notice)
        if "test" not in known.links:
            return known
        test = known.links["test"]
        rights = np.where(test.gold, np.roll(test.right, 1), test.right)
        label = np.where(test.gold, test.label, 1 - test.label).astype(np.int8)
        turned = Links(test.left, rights, label, test.gold)
        return replace(known, links={**known.links, "test": turned})
