"""What arithmetic needs to come to the same in another process."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def threads() -> int:
    """Give how many threads torch parts its sums among: ``OMP_NUM_THREADS``, or all processors."""
    return torch.get_num_threads()


def use_threads(threads: int) -> None:
    """Have torch part its sums among as many threads as there: their last bit hangs on it."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def tensor_of(array: npt.NDArray[np.generic]) -> Tensor:
    """Give an array that nobody writes to as a tensor: it may lie in memory that others map."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        return torch.from_numpy(array)
