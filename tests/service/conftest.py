"""The app's server on a project of seven films, and a client that sends requests as programs do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from kgreview.pipeline.project_folder import FOLDER_VARIABLE
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.files import SERVER
from kgreview.service.guard import ORIGINS_VARIABLE
from kgreview.service.variables import SECRET_VARIABLE
from tests.app_servers import AppServers, Server

ROOT = Path(__file__).parents[2]
SECRET = "secret-of-the-tests"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Client:
    port: int
    project: Path

    def send(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        **parameters: object,
    ) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        address = f"{path}?{urlencode(parameters)}" if parameters else path
        connection.request(method, address, body, headers or {})
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        reply = Reply(answer.status, told, answer.read().decode())
        connection.close()
        return reply

    @property
    def cookie(self) -> dict[str, str]:
        """What a browser sends that has opened the printed address."""
        return {"Cookie": f"kgreview_{self.port}={SECRET}"}

    def form(self, path: str, **fields: str) -> Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(path, method="POST", body=urlencode(fields).encode(), headers=kind)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


def wait_until_up(server: Server, port: int, log: Path) -> None:
    """Wait until a server answers; fail with its log where it ended instead."""
    for _ in range(2400):
        try:
            socket.create_connection(("localhost", port), 0.2).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.025)


@contextmanager
def served(
    servers: AppServers,
    project: Path,
    log: Path,
    *options: str,
    origins: str = "",
    many: bool = False,
) -> Iterator[Client]:
    """Start the server as ``kgreview review`` does, on a project or a folder, and end it."""
    port = free_port()
    command = [
        *("run", str(SERVER)),
        *("--server.port", str(port), "--server.headless", "true", "--server.address", "localhost"),
        *("--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false", *options),
    ]
    named = FOLDER_VARIABLE if many else PROJECT_VARIABLE
    told = {named: str(project), ORIGINS_VARIABLE: origins, SECRET_VARIABLE: SECRET}
    with log.open("wb") as out:
        server = servers.start(command, os.environ | told, out)
        try:
            wait_until_up(server, port, log)
            yield Client(port, project)
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def client(
    _films_run: Path, app_servers: AppServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A server on a project that no test changes."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(_films_run, folder / "films")
    with served(app_servers, folder / "films", folder / "log") as started:
        yield started


@pytest.fixture
def serve(tmp_path: Path, app_servers: AppServers) -> Iterator[Callable[..., Client]]:
    """Start a server on a project of the test's own."""
    with ExitStack() as stack:

        def start(project: Path, *options: str, origins: str = "") -> Client:
            at_work = served(app_servers, project, tmp_path / "log", *options, origins=origins)
            return stack.enter_context(at_work)

        yield start


@contextmanager
def reviewed(
    project: Path, log: Path, *options: str, port: int | None = None, **told: str
) -> Iterator[Client]:
    """Start ``kgreview review`` with options, as a user does, and end it."""
    port = port or free_port()
    command = [sys.executable, "-m", "kgreview", "review", str(project), "--no-browser"]
    with log.open("wb") as out:
        command += ["--port", str(port), *options]
        server = subprocess.Popen(
            command, env=os.environ | told, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            wait_until_up(server, port, log)
            yield Client(port, project)
        finally:
            server.terminate()
            server.wait(30)
