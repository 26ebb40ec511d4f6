"""Servers of the app for tests, forked from one process that has imported what they need.

A server takes two seconds of a processor to import its libraries, and nearly each test in a
browser starts one. Forked, it is at work at once, and everything it does from then on is its own.
What is true of a start alone is tested with a server that is started as a user starts it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

ROOT = Path(__file__).parents[1]


class Server(Protocol):
    """A server that runs: what tests ask of it."""

    def poll(self) -> int | None:
        """Give what it ended with, ``None`` while it runs."""

    def terminate(self) -> None:
        """Ask it to end."""

    def wait(self, timeout: float) -> int:
        """Wait until it has ended."""


class AppServers:
    """Starts servers; the process they are forked from is started with the first."""

    def __init__(self) -> None:
        self._forking: subprocess.Popen[str] | None = None

    def start(
        self,
        options: Sequence[str],
        env: Mapping[str, str],
        log: IO[bytes],
        *,
        cold: bool = False,
    ) -> Server:
        """Run ``streamlit`` with options; a ``cold`` one imports everything itself."""
        if cold or sys.platform != "linux":  # elsewhere libraries do not bear a fork
            command = [sys.executable, "-m", "streamlit", *options]
            return subprocess.Popen(
                command, env=dict(env), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        return _Forked(self, self.ask("start", options=list(options), env=dict(env), log=log.name))

    def ask(self, what: str, **parts: Any) -> Any:
        """Ask the process that forks."""
        if self._forking is None:
            self._forking = subprocess.Popen(
                [sys.executable, "-m", "tests.app_servers"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        self._forking.stdin.write(json.dumps({"what": what, **parts}) + "\n")
        self._forking.stdin.flush()
        return json.loads(self._forking.stdout.readline())

    def close(self) -> None:
        """End the process, and all servers that still run."""
        if self._forking is not None:
            self._forking.communicate()


class _Forked:
    def __init__(self, servers: AppServers, pid: int) -> None:
        self._servers = servers
        self._pid = pid

    def poll(self) -> int | None:
        return self._servers.ask("poll", pid=self._pid)  # type: ignore[no-any-return]

    def terminate(self) -> None:
        self._servers.ask("terminate", pid=self._pid)

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < end, "the server does not end"
            time.sleep(0.02)
        return code


def _imported(file: Path) -> Iterator[str]:
    """Name the modules that a file imports, but not the app's own pages: Streamlit has to know
    of their components first, which is as soon as a server runs.
    """
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_libraries() -> None:
    """Import what the server and all its pages import at their start: no network is among it."""
    from kgreview.service.files import SERVER

    names = {"streamlit.web.cli", "streamlit.web.bootstrap", "uvicorn", "pandas"}
    for file in (SERVER, ROOT / "app.py", *(ROOT / "pages").glob("*.py")):
        names.update(_imported(file))
    for name in sorted(names):
        if name.split(".")[0] != "pages":
            with contextlib.suppress(ModuleNotFoundError):  # what a module holds is no module
                importlib.import_module(name)


def _serve(options: Sequence[str], env: Mapping[str, str], log: str) -> NoReturn:
    """Become a server, in a process that was forked for it."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND), stream)
    os.environ.clear()
    os.environ.update(env)
    from streamlit.web.cli import main

    sys.argv = ["streamlit", *options]
    main()
    raise SystemExit


def _answer(asked: dict[str, Any], ended: dict[int, int]) -> int | None:
    if asked["what"] == "start":
        pid = os.fork()
        if pid == 0:
            _serve(asked["options"], asked["env"], asked["log"])
        return pid
    pid = asked["pid"]
    if pid not in ended:
        if asked["what"] == "terminate":
            os.kill(pid, signal.SIGTERM)
        reaped, status = os.waitpid(pid, os.WNOHANG)
        if reaped:
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended.get(pid)


def main() -> None:
    """Fork a server for each line that asks for one, until nobody can ask any more."""
    import_libraries()
    assert "torch" not in sys.modules, "its threads do not bear a fork"
    ended: dict[int, int] = {}
    started: list[int] = []
    for line in sys.stdin:
        asked = json.loads(line)
        reply = _answer(asked, ended)
        if asked["what"] == "start":
            assert reply is not None
            started.append(reply)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    for pid in set(started) - set(ended):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
