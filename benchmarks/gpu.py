"""Print what a GPU makes of the aligner: same figures, time, and how near its memory's limit.

    python benchmarks/gpu.py [FOLDER] [--device cuda] [--seed 0] [--profile FILE] [--without-cpu]

FOLDER is a pair of graphs with links, as for ``kgreview benchmark``. Three things are printed.
*The same code*: the aligner trains and scores on the CPU and on the device; PRAUC must be the same
within what a seed changes. *The pair head*: one network's scoring of prepared pairs, in batches as
in use, in single precision and in bf16 autocast; beside it the share of the pace at which the
device's memory could hand over what a pair must be read from (both sides' state, messages and
attention, and the similarities), by a copy measured in the same run: how much is left to gain.
PRAUC of that network stands there in either precision: bf16 is worth having where nothing is lost.
``--profile`` writes what the head spends its time on, by operation; ``--without-cpu`` measures the
device alone.

Exit status 1 where there is no such device; ``--device cpu`` tries the script on any machine.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from kgreview.aligner.alignment import fit_aligner
from kgreview.aligner.baselines.cg_mualign import labelled
from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
from kgreview.aligner.joint import join
from kgreview.aligner.model import CGMuAlign, PairOutput
from kgreview.aligner.scoring import AT_ONCE, PreparedSides, entity_states
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import InputError
from kgreview.evaluation.metrics import average_precision
from kgreview.exchange.pair_folders import open_pair
from kgreview.workflow.benchmark import Truth, measure, prepare, read_truth, run_method

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
            scores, cost = run_method(data, "kgreview", options.seed, each)
            found = measure(data, scores, truth)
            print(
                f"{each:18s} {found.prauc:>8.4f} {found.f1:>7.3f} {cost.train_seconds:>9.1f} "
                f"{cost.score_seconds:>9.1f} {cost.pairs_per_second:>12,.0f}"
            )
        settings = AlignerSettings(seed=options.seed, members=1, rivals=False, telling=0)
        inputs = NodeInputs(
            join(data.left_graph, data.right_graph, data.schema),
            np.array(data.features),
            settings,
            device,
        )
        pairs = Pairs(np.array(data.left), np.array(data.right), np.array(data.similarities))
        learnt, held = labelled(data, data.train), labelled(data, data.valid)
        (network,) = fit_aligner(inputs, pairs, learnt, held, settings).model.networks
        pair_head(network, inputs, pairs, truth, options.profile)


@torch.inference_mode()
def pair_head(
    network: CGMuAlign, inputs: NodeInputs, pairs: Pairs, truth: Truth, profile: Path | None
) -> None:
    """Measure the head on batches of prepared pairs, against a copy of as many bytes."""
    device = inputs.device
    network.to(device).eval()
    left = torch.from_numpy(pairs.left).to(device)
    right = torch.from_numpy(inputs.joint.right_node(pairs.right)).to(device)
    similarities = torch.from_numpy(pairs.similarities).to(device)
    nodes = torch.unique(torch.cat([left, right]))
    sides = PreparedSides(network, inputs, nodes, entity_states(network, inputs, nodes))

    size = AT_ONCE[device.type]

    def batch(start: int) -> torch.Tensor:
        part = slice(start, start + size)
        judged: PairOutput = network(
            sides.of(left[part]), sides.of(right[part]), similarities[part]
        )
        return judged.logits

    def everything() -> torch.Tensor:
        return torch.cat([batch(start) for start in range(0, len(left), size)])

    one = sides.of(left[:1])
    entity = sum(column.nbytes for column in one.columns)
    must = 2 * entity + similarities[:1].nbytes  # bytes of a pair
    speed = memory_speed(device)
    print(f"\nmemory hands over {speed / 1e9:,.0f} GB/s; a pair is read from {must:,} bytes")
    print("pair head             PRAUC      pairs/s   of memory's limit   logits apart")
    exact = everything()
    for kind in ("float32", "bf16"):
        precision: contextlib.AbstractContextManager[object] = (
            torch.autocast(device.type, torch.bfloat16)
            if kind == "bf16"
            else contextlib.nullcontext()
        )
        with precision:
            seconds = timed(everything, device)
            logits = everything().float()
        rate = len(left) / seconds
        prauc = average_precision(truth.label, logits.cpu().numpy()[truth.where])
        apart = float((logits - exact).abs().max())
        print(
            f"{kind:18s} {prauc:>8.4f} {rate:>12,.0f} {rate * must / speed:>18.1%} {apart:>14.4f}"
        )
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
