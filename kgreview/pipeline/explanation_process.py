"""Explains pairs in a process of its own: whoever serves the pages does nothing else meanwhile.

To explain a pair takes a network some ten milliseconds of one processor. In the process of the
pages all sessions would wait for them, and for the collection of the garbage of all that torch
brings. So the server has another one explain (``loaded_networks.explain_elsewhere``): it is
started when it is first asked, and anew when it has died; it ends with the server.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from pathlib import Path
from typing import IO, Any

from kgreview.errors import KGReviewError
from kgreview.pipeline import explanation, loaded_networks
from kgreview.pipeline.project import Project

_RESTART_SECONDS = 5.0  # between two starts: one that dies at once is not started at each press
_MOST_ASKED = 256
_DIED = "the process that explains has ended; ask again in a moment"

_Key = tuple[Hashable, ...]
Asked = tuple[int, str, Path, str, tuple[int, ...]]  # number, what, project, version, pair
Answer = tuple[int, Any, KGReviewError | None]


class ExplanationProcess:
    """The process, asked by any thread."""

    def __init__(self) -> None:
        self._sending = threading.Lock()  # around starting and asking it
        self._lock = threading.Lock()  # around what follows, never held for long
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, Future[Any]] = {}
        self._asked: OrderedDict[_Key, Future[Any]] = OrderedDict()  # what is asked again at once
        self._started = -_RESTART_SECONDS
        self._number = 0

    def ask(
        self,
        what: str,
        project: Project,
        version: str,
        pair: tuple[int, ...],
        patience: float | None = None,
    ) -> Any:
        """Give the answer of ``explain`` or ``flip``, or that the version was ``load``-ed.

        ``None`` where it is not there in ``patience`` seconds: asked again, it is what was asked
        before. Raises ``KGReviewError`` for what the process refuses, and where it has died.
        """
        key = what, project.path, project.state, version, pair
        with self._sending:
            answer = self._asked.get(key)
            if answer is None:
                answer = self._send(what, project.path, version, pair)
                with self._lock:
                    self._asked[key] = answer
                    while len(self._asked) > _MOST_ASKED:  # nobody has come back for the first
                        self._asked.popitem(last=False)
        try:
            reply = answer.result(patience)
        except NotYetError:
            return None
        except BaseException:
            self._forget(key)
            raise
        if what != "load":  # who asked keeps it
            self._forget(key)
        return reply

    def _forget(self, key: _Key) -> None:
        with self._lock:
            self._asked.pop(key, None)

    def _send(self, what: str, path: Path, version: str, pair: tuple[int, ...]) -> Future[Any]:
        """Ask the process, which is started where there is none; one thread at a time."""
        answer: Future[Any] = Future()
        self._number += 1
        number = self._number
        try:
            process = self._running()
            with self._lock:
                self._waiting[number] = answer
            assert process.stdin is not None
            _put(process.stdin, (number, what, path, version, pair))
        except (OSError, ValueError, KGReviewError) as error:  # ValueError: the pipe is closed
            with self._lock:
                self._waiting.pop(number, None)
            refused = error if isinstance(error, KGReviewError) else KGReviewError(_DIED)
            if not answer.done():
                answer.set_exception(refused)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        if time.monotonic() - self._started < _RESTART_SECONDS:
            raise KGReviewError(_DIED)
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kgreview.pipeline.explanation_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # it ends when nobody can ask any more, not by Ctrl-C
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # so little work is slower on several
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        return self._process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Hand answers to who waits for them until the process ends."""
        assert process.stdout is not None
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                number, reply, refused = _get(process.stdout)
                with self._lock:
                    answer = self._waiting.pop(number, None)
                if answer is None:
                    continue
                if refused is None:
                    answer.set_result(reply)
                else:
                    answer.set_exception(refused)
        with self._lock:
            if process is self._process:
                self._process = None
            unheard, self._waiting = list(self._waiting.values()), {}
            self._asked.clear()
        for answer in unheard:
            answer.set_exception(KGReviewError(_DIED))
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stdin):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what it was still to be asked
                    pipe.close()

    def close(self) -> None:
        """End the process, whatever it is at."""
        with self._lock:
            process = self._process
        if process is not None:
            process.kill()  # whoever listens to it sees to the rest


def _put(pipe: IO[bytes], message: Asked | Answer) -> None:
    pickle.dump(message, pipe)
    pipe.flush()


def _get(pipe: IO[bytes]) -> Any:
    # from our own process, which only we start and only we write to
    return pickle.load(pipe)


def main() -> None:
    """Answer what comes on the standard input until that ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints is no answer
    kept: dict[Path, Project] = {}
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            number, what, path, version, pair = _get(sys.stdin.buffer)
            reply, refused = None, None
            try:
                reply = _answer(kept, what, path, version, pair)
            except KGReviewError as error:
                refused = KGReviewError(str(error))
            except Exception as error:
                refused = KGReviewError(f"{type(error).__name__}: {error}")
            _put(answers, (number, reply, refused))


def _answer(
    kept: dict[Path, Project], what: str, path: Path, version: str, pair: tuple[int, ...]
) -> Any:
    project = Project.open(path)
    if path not in kept or kept[path].state != project.state:
        kept[path] = project
    if what == "load":
        loaded_networks.load(kept[path], version)
        return True
    answer = {"explain": explanation.explain, "flip": explanation.flip}[what]
    return answer(kept[path], version, *pair)


if __name__ == "__main__":
    main()
