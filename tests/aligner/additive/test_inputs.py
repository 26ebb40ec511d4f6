"""Nodes as the aligner is fed them."""

from __future__ import annotations

import numpy as np

from kgreview.aligner.additive.inputs import name_codes


def test_nodes_have_one_number_where_their_names_are_one_and_else_their_own() -> None:
    names = np.array([[1, 2], [2, 1], [1, 2], [0, 0], [0, 0]], np.float32)
    codes = name_codes(names)
    assert codes[0] == codes[2]
    assert len(set(codes.tolist())) == 4
    assert (codes >= 0).all()


def test_samples_of_before_are_gone_on_with(films) -> None:
    inputs = films.inputs
    before = inputs.samples.clone()
    inputs.keep_samples(np.array([0]), np.array([[-1] * before.shape[1]]))
    assert not inputs.mask[0].any()
    assert inputs.mask[1].any()
    inputs.keep_samples(np.array([0]), before[:1].numpy())
    assert inputs.mask[0].any()
