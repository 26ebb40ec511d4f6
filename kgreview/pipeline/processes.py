"""Work in processes of their own: some report as they go, others outlive who starts them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from kgreview.errors import KGReviewError
from kgreview.store.rights import AUTH_VARIABLE

_THREADS = "OMP_NUM_THREADS"

Report = Callable[[Any], None]


class ProcessError(KGReviewError):
    """A process ended without a word, as one that is killed does."""

    def __init__(self, task: int, status: int | None) -> None:
        """``task``: the number of what it did."""
        super().__init__(f"its process ended with status {status}")
        self.task = task


def start_process(
    module: str, words: Sequence[str], log: Path, keep_open: Sequence[int] = ()
) -> int:
    """Run a module in a process that goes on when this one ends; give its number.

    What it writes goes into ``log``. ``keep_open``: descriptors that it has from its start, such
    as of a file it holds locked. Raises ``OSError`` or ``ValueError`` where it cannot be started.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep_open,
            # whoever started it was asked whether they may; nobody asks it anything. One processor
            # is left to who serves the pages meanwhile, unless somebody has said how many it has
            env={_THREADS: str(_processors(spared=1)), **os.environ, AUTH_VARIABLE: ""},
        )
    # whoever starts a process must wait for it, or it stays behind as a zombie when it ends
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def in_processes(
    work: Callable[..., None], tasks: Sequence[tuple[Any, ...]], jobs: int = 1
) -> Generator[tuple[int, Any], None, None]:
    """Call ``work(report, *task)`` for each task, so many at a time, each in a process of its own.

    Gives the number of a task and what it reports, as it comes. Processes share the processors, so
    each has its part of them. What a process refuses is raised here as ``KGReviewError``, and that
    it was killed as ``ProcessError``; the others are ended then, as they are when nobody
    listens any longer.
    """
    context = multiprocessing.get_context("spawn")
    waiting = list(enumerate(tasks))[::-1]
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.pop()
                here, there = context.Pipe(duplex=False)
                process = context.Process(target=_call, args=(work, task, there), daemon=True)
                with _threads(jobs):
                    process.start()
                there.close()
                running[here] = number, process
            ready = wait(list(running))
            for here in [each for each in running if each in ready]:
                number, process = running[here]
                try:
                    kind, content = here.recv()
                except (EOFError, OSError):  # killed between two reports, or in the midst of one
                    process.join()
                    raise ProcessError(number, process.exitcode) from None
                if kind == "reports":
                    yield number, content
                elif kind == "refuses":
                    raise KGReviewError(content)
                elif kind == "fails":
                    raise RuntimeError(content)
                else:
                    del running[here]
                    here.close()
                    process.join()
    finally:
        for _, process in running.values():
            process.terminate()
        for here, (_, process) in running.items():
            process.join()
            here.close()


def _call(work: Callable[..., None], task: tuple[Any, ...], there: Connection) -> None:
    try:
        work(lambda content: there.send(("reports", content)), *task)
        there.send(("is done", None))
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # the process that waits got it too, and says so; or it is there no more
    except KGReviewError as error:
        there.send(("refuses", str(error)))
    except Exception:
        there.send(("fails", traceback.format_exc()))


@contextlib.contextmanager
def _threads(jobs: int) -> Iterator[None]:
    """Let a process that is started meanwhile have its part of the processors."""
    if jobs == 1 or _THREADS in os.environ:
        yield
        return
    os.environ[_THREADS] = str(_processors(shared_by=jobs))
    try:
        yield
    finally:
        del os.environ[_THREADS]


def _processors(*, shared_by: int = 1, spared: int = 0) -> int:
    return max(1, (os.cpu_count() or 1) // shared_by - spared)
