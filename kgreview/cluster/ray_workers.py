"""Partitions as tasks of a Ray cluster: one that is there, or one of processes of this machine.

Ray places the tasks, carries what they need and give, and runs those again whose worker or node is
lost. What many tasks share lies once on each node, in memory that its workers map.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import kgreview
from kgreview.errors import InputError, KGReviewError
from kgreview.partitions import on

P = TypeVar("P")
R = TypeVar("R")

_LOCAL = re.compile(r"local:([1-9]\d{0,3})")
_RETRIES = 10  # times that a task is run again whose worker or node was lost
_AHEAD = 2  # partitions in the making for each that is worked on
_OF_THIS_MACHINE = {  # heard before Ray is imported
    "RAY_AUTH_MODE": "token",  # RAY_AUTH_TOKEN, which nobody else knows
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what makes it listen to this machine alone
}


@contextlib.contextmanager
def on_cluster(address: str | None, threads: int = 1) -> Iterator[None]:
    """Have a cluster work on the partitions of all that is done within; ``None``: this process.

    ``address``: of the head of a Ray cluster that this machine belongs to (``HOST:PORT``, or
    ``auto``), or ``local:N`` for N processors of this machine. ``threads``: how many the arithmetic
    of one task takes, as many as it would take here. Raises ``InputError`` for an address that is
    none, and ``KGReviewError`` where Ray is missing, where the cluster cannot be reached, or does
    not fit.
    """
    if address is None:
        yield
        return
    ray = _ray(address)
    _connect(ray, address)
    try:
        with on(RayWorkers(ray, threads)):
            yield
    finally:
        ray.shutdown()


class RayWorkers:
    """The workers of the cluster that this process is connected to."""

    elsewhere = True

    def __init__(self, ray: Any, threads: int) -> None:
        self._ray = ray
        processors = [int(node["Resources"].get("CPU", 0)) for node in _nodes(ray)]
        if threads > max(processors, default=0):
            raise KGReviewError(
                f"the cluster has no machine with {threads} processors for one task; set "
                "OMP_NUM_THREADS=1, which has one task a processor"
            )
        self._at_once = _AHEAD * sum(count // threads for count in processors)
        self._task = ray.remote(_work).options(num_cpus=threads, max_retries=_RETRIES)
        there = self._get(self._task.remote(_release, None))
        if there != kgreview.__version__:
            raise KGReviewError(
                f"the cluster has kgreview {there}, and here is {kgreview.__version__}: install "
                "the same release, or results would differ"
            )

    def share(self, value: Any) -> Any:
        """Put a value where all nodes can map it, until nothing stands for it any more."""
        return self._ray.put(value)

    def each(
        self, work: Callable[..., R], shared: tuple[Any, ...], partitions: Iterable[P]
    ) -> Iterator[R]:
        """Give what ``work`` makes of each partition, in their order."""
        is_there = self._ray.ObjectRef
        once = [each if isinstance(each, is_there) else self.share(each) for each in shared]
        waiting: deque[Any] = deque()
        try:
            for partition in partitions:
                if len(waiting) >= self._at_once:
                    yield self._get(waiting.popleft())
                waiting.append(self._task.remote(work, partition, *once))
            while waiting:
                yield self._get(waiting.popleft())
        finally:  # Ctrl-C, or a fault: what nobody waits for any more
            for task in waiting:
                self._ray.cancel(task)

    def _get(self, task: Any) -> Any:
        exceptions = self._ray.exceptions
        try:
            return self._ray.get(task)
        except exceptions.RayTaskError as error:  # what the function itself raised
            raise error.cause from None
        except exceptions.RayError as error:
            raise KGReviewError(f"the cluster gave up: {_first_line(error)}") from error


def _work(work: Callable[..., R], partition: P, *shared: Any) -> R:
    return work(*shared, partition)


def _release(_: None) -> str:
    return kgreview.__version__


def _ray(address: str) -> Any:
    """Import Ray, set up as its own process and those of its workers are to have it."""
    if address.startswith("local:") and not _LOCAL.fullmatch(address):
        raise InputError(f"--cluster {address}: give a number of processors, such as local:4")
    if "://" in address:
        raise InputError(
            f"--cluster {address}: run the command on a machine of the cluster, with --cluster auto"
        )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if _LOCAL.fullmatch(address):
        os.environ.update({name: os.environ.get(name, to) for name, to in _OF_THIS_MACHINE.items()})
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
    except ImportError:
        raise KGReviewError(
            "--cluster needs Ray: pip install 'kgreview[cluster]' (it has no wheel for some "
            "versions of Python and platforms)"
        ) from None
    return ray


def _connect(ray: Any, address: str) -> None:
    """Connect to a cluster, or start one that nobody else can reach."""
    quiet = {"log_to_driver": False, "logging_level": "error"}
    local = _LOCAL.fullmatch(address)
    try:
        if local is None:
            ray.init(address=address, **quiet)
        else:
            ray.init(num_cpus=int(local[1]), include_dashboard=False, **quiet)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise KGReviewError(
            f"--cluster {address}: there is no cluster to work on ({_first_line(error)})"
        ) from error


def _nodes(ray: Any) -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
