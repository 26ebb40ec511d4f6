"""A method of the user's own, ``package.module:function``: found, called, its scores checked.

docs/researchers.md describes the interface, ``examples/own_method.py`` is one.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.baselines.dataset import Dataset, Method, Scorer
from kgreview.errors import InputError, KGReviewError
from kgreview.graph.quoting import listed, one_line, quoted
from kgreview.progress import Progress

_ARGUMENTS = ("data", "seed", "device", "progress")


def is_own(name: str) -> bool:
    """Whether the name of a method is the place of one of the user's own."""
    return ":" in name


def load_own(place: str) -> Method:
    """Import a function from ``package.module:function``, the current folder coming first.

    Raises ``InputError`` for what cannot be imported, is not there, or cannot be called so.
    """
    module_name, _, name = place.partition(":")
    module = _import(place, module_name)
    try:
        function = functools.reduce(getattr, name.split("."), module)
    except AttributeError:
        there = [each for each, value in vars(module).items() if inspect.isfunction(value)]
        have = f"its functions are {listed(there)}" if there else "it has no function"
        raise InputError(f"{place}: {module_name} has no {quoted(name)}; {have}") from None
    if not callable(function):
        raise InputError(f"{place}: is of type {type(function).__name__}, and no function")
    try:
        inspect.signature(function).bind(*_ARGUMENTS)
    except TypeError as error:
        asked = ", ".join(_ARGUMENTS)
        raise InputError(f"{place}: must take ({asked}); {error}") from None
    except ValueError:
        pass  # of a function in C, which tells nothing of what it takes
    return functools.partial(_run, place, function)


def check_scores(who: str, scores: Any, data: Dataset) -> npt.NDArray[np.float64]:
    """Give scores as a column (candidates,). Raises ``KGReviewError`` where they are none."""
    try:
        column = np.asarray(scores)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged, or on another device
        raise KGReviewError(f"{who}: gave no column of numbers ({one_line(str(error))})") from None
    if column.shape != (len(data),):
        raise KGReviewError(
            f"{who}: gave scores of shape {column.shape}; give one for each candidate, "
            f"({len(data)},)"
        )
    if column.dtype.kind not in "fiub":
        raise KGReviewError(f"{who}: gave scores of type {column.dtype}, which are no numbers")
    numbers = column.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        first = int(wrong[0])
        left = data.left_graph.id(int(data.left[first]))
        right = data.right_graph.id(int(data.right[first]))
        raise KGReviewError(
            f"{who}: gave NaN or infinity for {len(wrong):,} of {len(data):,} candidates, first "
            f"for candidate {first}, {quoted(left)} and {quoted(right)}"
        )
    return numbers


def _import(place: str, name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:  # an installed command does not look here
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            what = f"there is no module {quoted(error.name)}, neither in {here} nor installed"
            raise InputError(f"{place}: {what}") from None
        raise InputError(f"{place}: cannot be imported ({_told(error, name)})") from None
    except (Exception, SystemExit) as error:
        raise InputError(f"{place}: cannot be imported ({_told(error, name)})") from None


def _run(
    place: str,
    function: Callable[..., Any],
    data: Dataset,
    seed: int,
    device: str,
    progress: Progress,
) -> Scorer:
    given = _called(place, lambda: function(data, seed, device, progress))
    if not isinstance(given, Scorer):
        scores = check_scores(place, given, data)
        return Scorer(lambda: scores)
    return Scorer(lambda: check_scores(place, _called(place, given.score), data), given.parameters)


def _called(place: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except KGReviewError:
        raise
    except Exception as error:
        raise KGReviewError(f"{place}: failed ({_told(error, place.partition(':')[0])})") from None


def _told(error: BaseException, module: str) -> str:
    """Say what an error was, and the last line of the module's own that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    source = getattr(sys.modules.get(module), "__file__", None)
    own = [frame for frame in frames if frame.filename == source] or frames[-1:]
    place = f", {own[-1].filename}, line {own[-1].lineno}" if own else ""
    return f"{type(error).__name__}: {one_line(str(error))}{place}"
