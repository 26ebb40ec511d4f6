"""How much is saved by computing entity states once instead of anew for each pair.

    python benchmarks/scoring.py [PAIR_FOLDER] [--pairs N]

Prints seconds, pairs a second, the ratio of both in one run, and the largest difference of scores.
Candidates come from blocking; weights are fresh, which changes neither the work nor the agreement.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from kgreview.aligner.features import entity_features
from kgreview.aligner.inputs import NodeInputs, Pairs
from kgreview.aligner.joint import join
from kgreview.aligner.model import CGMuAlign, Neighbours, Side
from kgreview.aligner.sampling import seed_everything
from kgreview.aligner.scoring import score_pairs
from kgreview.aligner.settings import PAPER
from kgreview.aligner.training import new_model
from kgreview.candidates.blocking import block
from kgreview.graph.readers import links_of_pair, read_graph, read_links
from kgreview.graph.suggestion import infer_schema

_BATCH = 512  # pairs that the slow way holds at once


def each_anew(model: CGMuAlign, inputs: NodeInputs, pairs: Pairs) -> np.ndarray:
    """Score pairs, both neighbourhoods computed for each of them, nothing shared."""

    def state(nodes: torch.Tensor, layer: int) -> torch.Tensor:
        if layer == 0:
            values, types = inputs.layer0(nodes)
            biased: torch.Tensor = values + model.type_bias(types)
            return biased
        sampled = inputs.fixed(nodes)
        around = state(sampled.nodes.flatten(), layer - 1)
        averaged: torch.Tensor = model.averaging[layer - 1](
            state(nodes, layer - 1), around.view(*sampled.nodes.shape, -1), sampled
        )
        return averaged

    def side(nodes: torch.Tensor) -> Side:
        sampled: Neighbours = inputs.fixed(nodes)
        below = model.settings.layers - 1
        around = state(sampled.nodes.flatten(), below).view(*sampled.nodes.shape, -1)
        return model.collective.side(state(nodes, below), around, sampled)

    left = torch.from_numpy(np.array(pairs.left))
    right = torch.from_numpy(inputs.joint.right_node(pairs.right))
    found = []
    with torch.inference_mode():
        for start in range(0, len(pairs), _BATCH):
            part = slice(start, start + _BATCH)
            output = model(side(left[part]), side(right[part]), None)
            found.append(output.logits.numpy())
    return np.concatenate(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("pair", nargs="?", type=Path, default=root / "sample_data")
    parser.add_argument("--pairs", type=int, default=20_000, help="how many the slow way scores")
    options = parser.parse_args()
    left, right = read_graph(options.pair / "left"), read_graph(options.pair / "right")
    (train,) = links_of_pair(options.pair, "train")
    schema = infer_schema(left, right, read_links(train, left, right))
    found = block(left, right, schema)
    joint = join(left, right, schema)
    features = entity_features(left, right, schema)
    inputs = NodeInputs(joint, features, PAPER, torch.device("cpu"))
    seed_everything(0)
    model = new_model(
        features=features.shape[1],
        types=len(joint.type_names),
        relations=joint.num_relation_codes,
        compared=0,
        settings=PAPER,
    ).eval()
    nothing = np.empty((len(found), 0), np.float32)
    everything = Pairs(np.array(found.left), np.array(found.right), nothing)
    some = np.sort(np.random.default_rng(0).permutation(len(found))[: options.pairs])
    part = Pairs(everything.left[some], everything.right[some], nothing[some])

    started = time.perf_counter()
    once = np.concatenate([batch.logits for batch in score_pairs([model], inputs, everything)])
    fast = (time.perf_counter() - started) / len(everything)
    started = time.perf_counter()
    anew = each_anew(model, inputs, part)
    slow = (time.perf_counter() - started) / len(part)
    print(f"{options.pair.name}: {joint.num_nodes:,} entities, {len(everything):,} candidates")
    print(f"states once, then pair heads  {1 / fast:>12,.0f} pairs a second")
    print(f"both neighbourhoods each time {1 / slow:>12,.0f} pairs a second ({len(part):,} pairs)")
    print(f"ratio                         {slow / fast:>12.1f}")
    print(f"largest difference of scores  {np.abs(once[some] - anew).max():>12.1e}")


if __name__ == "__main__":
    main()
