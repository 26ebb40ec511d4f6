"""Print what a GPU makes of the aligner: same figures, time, and how near its memory's limit.

    python benchmarks/gpu.py [FOLDER] [--device cuda] [--seed 0] [--profile FILE] [--without-cpu]

FOLDER is a pair of graphs with links, as for ``kgreview benchmark``. Two things are printed.
*The same code*: the aligner trains and scores on the CPU and on the device; PRAUC must be the same
within what a seed changes. *Evidence*: what the neighbours of all pairs add in a round, in batches
as in use; beside it the share of the pace at which the device's memory could hand over what a pair
must be read from (names, types and relations of both samples), by a copy measured in the same run:
how much is left to gain.
``--profile`` writes what evidence spends its time on, by operation; ``--without-cpu`` measures the
device alone.

Exit status 1 where there is no such device; ``--device cpu`` tries the script on any machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from kgreview.aligner.baselines.kgreview import labelled
from kgreview.aligner.evidence import evidence_of
from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
from kgreview.aligner.joint_graph import join
from kgreview.aligner.scored_together import AT_ONCE, Candidates
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import InputError
from kgreview.exchange.pair_folders import open_pair
from kgreview.experiments.benchmark import prepare, run_method
from kgreview.experiments.measuring import measure, read_truth
from kgreview.features.sources import own_columns

ROUNDS = 20
COPIED = 2**28  # bytes of the copy that measures memory
ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pair", nargs="?", type=Path, default=ROOT / "sample_data")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-cpu", action="store_true", help="the device alone")
    parser.add_argument("--profile", type=Path)
    options = parser.parse_args()
    try:
        device = choose_device(options.device)
    except InputError:
        sys.exit("not measured: torch sees no CUDA device; --device cpu tries the script itself")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    torch.zeros(1, device=device)  # a device's start is no part of the training
    with tempfile.TemporaryDirectory() as folder:
        pair = open_pair(options.pair)
        data, report = prepare(pair, Path(folder))
        truth = read_truth(pair, data)
        print(f"{options.pair.resolve().name}: {report.pairs:,} pairs; {name}\n")
        print("the same code         PRAUC      F1   train s   score s      pairs/s")
        for each in dict.fromkeys((device.type,) if options.without_cpu else ("cpu", device.type)):
            run = run_method(data, "kgreview", options.seed, each)
            found, cost = measure(data, run.scores, truth, rule=run.rule), run.cost
            print(
                f"{each:18s} {found.prauc:>8.4f} {found.f1:>7.3f} {cost.train_seconds:>9.1f} "
                f"{cost.score_seconds:>9.1f} {cost.pairs_per_second:>12,.0f}"
            )
        settings = AlignerSettings(seed=options.seed)
        inputs = NodeInputs(
            join(data.left_graph, data.right_graph, data.schema),
            np.array(data.features),
            settings,
            device,
        )
        pairs = Pairs(np.array(data.left), np.array(data.right), np.array(data.similarities))
        learnt, held = labelled(data, data.train), labelled(data, data.valid)
        own = own_columns(data.similarity_names, data.left_graph, data.right_graph)
        fit = fit_aligner(inputs, pairs, learnt, held, own, settings, names=data.similarity_names)
        evidence(fit, inputs, pairs, options.profile)


@torch.inference_mode()
def evidence(fit: Fit, inputs: NodeInputs, pairs: Pairs, profile: Path | None) -> None:
    """Measure a round's evidence of all pairs, against a copy of as many bytes."""
    device, model = inputs.device, fit.model
    model.to(device).eval()
    told = model.tell(inputs, pairs.left, pairs.right)
    candidates = Candidates(inputs, pairs.left, pairs.right, fit.scores.own, told)
    beliefs = torch.from_numpy(fit.scores.beliefs[-1]).to(device)
    network, size = model.each_round[-1].evidence, AT_ONCE[device.type]

    def everything() -> torch.Tensor:
        found = []
        for start in range(0, len(pairs), size):
            part = slice(start, min(start + size, len(pairs)))
            around = candidates.around(model.correspondence, part)
            found.append(evidence_of(around, network(around, beliefs)))
        return torch.cat(found)

    # of either side: names, types, relations and places of the sampled neighbours
    cap, width = inputs.samples.shape[1], inputs.names.shape[1]
    must = 2 * cap * (4 * width + 3 * 8 + 1)
    speed = memory_speed(device)
    rate = len(pairs) / timed(everything, device)
    print(f"\nmemory hands over {speed / 1e9:,.0f} GB/s; a pair is read from {must:,} bytes")
    print("evidence of a round     pairs/s   of memory's limit")
    print(f"{'float32':18s} {rate:>12,.0f} {rate * must / speed:>18.1%}")
    if profile is not None:
        kinds = [torch.profiler.ProfilerActivity.CPU]
        if device.type == "cuda":
            kinds.append(torch.profiler.ProfilerActivity.CUDA)
        with torch.profiler.profile(activities=kinds) as seen:
            everything()
        order = "self_cuda_time_total" if device.type == "cuda" else "self_cpu_time_total"
        profile.write_text(seen.key_averages().table(sort_by=order, row_limit=20), encoding="utf-8")
        print(f"\nby operation: {profile}")


def memory_speed(device: torch.device) -> float:
    """Give the bytes a second that a copy reads and writes."""
    source = torch.ones(COPIED // 4, device=device)
    target = torch.empty_like(source)
    return 2 * COPIED / timed(lambda: target.copy_(source), device)


def timed(work: Callable[[], torch.Tensor], device: torch.device) -> float:
    """Give the seconds of one call: the least of some, after one that warms up."""
    found = []
    for _ in range(ROUNDS + 1):
        if device.type == "cuda":
            torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - started)
    return min(found[1:])


if __name__ == "__main__":
    main()
