"""Work over partitions of pairs: one after another here, or beside each other on other machines.

A function of a module works on what all partitions share and on one of them; ``over`` gives what it
makes of each, in their order. Who works is chosen around the whole of it, by ``with on(...)``:
nothing between a command and its arithmetic hangs on where it runs. What a partition comes to
depends on nothing else, so that the results are the same wherever, and in whatever order, they are
made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

P = TypeVar("P")
R = TypeVar("R")


class Workers(Protocol):
    """Who works on partitions."""

    @property
    def elsewhere(self) -> bool:
        """Whether they are other processes, which keep nothing from one partition to the next."""

    def share(self, value: Any) -> Any:
        """Give what stands for a value among ``shared``, if it is to be used more than once."""

    def each(
        self, work: Callable[..., R], shared: tuple[Any, ...], partitions: Iterable[P]
    ) -> Iterator[R]:
        """Give what ``work`` makes of each partition, in their order; see ``over``."""


class _Here:
    """This process, one partition after another."""

    elsewhere = False

    def share(self, value: Any) -> Any:
        return value

    def each(
        self, work: Callable[..., R], shared: tuple[Any, ...], partitions: Iterable[P]
    ) -> Iterator[R]:
        return (work(*shared, partition) for partition in partitions)


_HERE = _Here()
_workers: ContextVar[Workers | None] = ContextVar("workers", default=None)


def workers() -> Workers:
    """Give who works on partitions at present."""
    return _workers.get() or _HERE


@contextlib.contextmanager
def on(some: Workers) -> Iterator[None]:
    """Have others work on the partitions of all that is done within."""
    before = _workers.set(some)
    try:
        yield
    finally:
        _workers.reset(before)


def over(work: Callable[..., R], shared: tuple[Any, ...], partitions: Iterable[P]) -> Iterator[R]:
    """Give what ``work(*shared, partition)`` is for each partition, in their order.

    ``work`` is a function of a module, and all three can be pickled. Partitions are taken as
    workers become free, so that not all of them need to be in memory at once.
    """
    return workers().each(work, shared, partitions)
