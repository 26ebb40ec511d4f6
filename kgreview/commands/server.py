"""The review app as a process: its port, address, secret and environment."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from kgreview.errors import InputError, KGReviewError
from kgreview.graph.quoting import quoted
from kgreview.service.files import SERVER
from kgreview.service.sign_in import HEADER, SignIn, sign_in_of
from kgreview.service.sign_in import public_address as public_address_of
from kgreview.service.variables import (
    FILE_VARIABLE,
    PUBLIC_VARIABLE,
    SECRET_VARIABLE,
    SHORTEST_TOKEN,
    TOKEN,
    TRUSTED_VARIABLE,
)
from kgreview.store.rights import AUTH_VARIABLE
from kgreview.terminal import say
from kgreview.ui.palette import DARK, LIGHT

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ALL_ADDRESSES = ("0.0.0.0", "::")
PATIENCE = 10.0  # s that the app gets to end by itself


def serve(
    project: Path,
    port: int,
    browser: bool,
    upload_limit: int | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
    host: str = "localhost",
) -> None:
    """Run the Streamlit app in the foreground until Ctrl-C.

    ``upload_limit``: MB that a new project may bring, where ``project`` is a folder of projects.
    ``variables``: those of the app, of who may ask and how people sign in. ``host``: the address to
    listen on. Raises ``KGReviewError`` where the port is taken and where the app ends by itself,
    ``InputError`` for a host that is no address of this machine.
    """
    sign_in = sign_in_of(variables)
    if not _is_free(port, host):
        raise KGReviewError(
            f"port {port} is not available: another program has it, or it is reserved; give "
            f"another --port, for example {port + 1 if 1024 <= port < 65535 else 8502}"
        )
    secret = chosen_secret()
    address = public_address_of(variables) or _address(host, port)
    if sign_in is None:
        address = f"{address}/?{TOKEN}={secret}"
        if host not in _LOOPBACK:
            say(
                f"The app listens on {host}, and nobody signs in: whoever reaches port {port} "
                "there and has the address below can read and decide; programs can read without"
            )
    say(f"Review at {address} (Ctrl-C ends it; decisions are saved as you make them)")
    environment = _environment(project_variables(project, upload_limit), variables, secret)
    process = subprocess.Popen(_command(host, port, upload_limit, sign_in), env=environment)
    # whoever ends this command ends the app: it must not be left on the port
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if browser:
        opening = (address, host, port, process)
        threading.Thread(target=_open_browser, args=opening, daemon=True).start()
    if status := _wait(process):
        raise KGReviewError(f"the app ended with status {status}; what it wrote above says why")


def _command(host: str, port: int, upload_limit: int | None, sign_in: SignIn | None) -> list[str]:
    """Give the command line that starts Streamlit."""
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(SERVER)),
        *("--server.port", str(port), "--server.address", host),
        *("--server.headless", "true"),  # else a first start asks for an e-mail address, and waits
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal"),
        *("--server.fileWatcherType", "none", "--client.showErrorDetails", "none"),
        # it would look through all objects of the process after each press: a quarter of a second
        # with a network in memory, in which no other session is answered
        *("--runner.postScriptGC", "false"),
        *("--theme.light.primaryColor", LIGHT.accent, "--theme.dark.primaryColor", DARK.accent),
    ]
    if upload_limit is not None:
        command += ["--server.maxUploadSize", str(upload_limit)]
    if sign_in is not None and sign_in.how == HEADER:
        # by them, Streamlit tells whose session it is
        named = json.dumps({sign_in.headers["subject"]: "sub"})
        command += ["--server.trustedUserHeaders", named]
    return command


def _environment(
    project: Mapping[str, str], variables: Mapping[str, str], secret: str
) -> dict[str, str]:
    return {
        **os.environ,
        **project,
        # what the environment of a shell says does not count: nobody would see it
        **dict.fromkeys((AUTH_VARIABLE, FILE_VARIABLE, TRUSTED_VARIABLE, PUBLIC_VARIABLE), ""),
        **variables,
        SECRET_VARIABLE: secret,
        # else the server takes an address for that of who asks that whoever asks may write
        "FORWARDED_ALLOW_IPS": "",
    }


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait until the app ends, and end it on Ctrl-C; give its exit status."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()  # from a terminal it got the Ctrl-C too
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return 0


def chosen_secret() -> str:
    """Give the secret of this start: a new one, unless the environment names one to be kept.

    Raises ``InputError`` for one that could be guessed, or that no address can hold.
    """
    named = os.environ.get(SECRET_VARIABLE)
    if not named:
        return secrets.token_urlsafe(24)
    if re.fullmatch(rf"[A-Za-z0-9_-]{{{SHORTEST_TOKEN},}}", named) is None:
        raise InputError(
            f"{SECRET_VARIABLE}: give at least {SHORTEST_TOKEN} letters, digits, - and _, or leave "
            "it out: each start then has a secret of its own"
        )
    return named


def project_variables(project: Path, upload_limit: int | None) -> dict[str, str]:
    """Name one project, or a folder of them, and never both."""
    path = str(project.resolve())
    if upload_limit is None:
        return {"KGREVIEW_PROJECT": path, "KGREVIEW_FOLDER": ""}
    return {
        "KGREVIEW_PROJECT": "",
        "KGREVIEW_FOLDER": path,
        "KGREVIEW_UPLOAD_MB": str(upload_limit),
    }


def _open_browser(address: str, host: str, port: int, app: subprocess.Popen[bytes]) -> None:
    """Open a window as soon as the app answers; without a browser the printed address will do."""
    while app.poll() is None and _is_free(port, host):
        time.sleep(0.1)
    if app.poll() is None:
        webbrowser.open(address)


def _address(host: str, port: int) -> str:
    """Give the address that a browser on this machine asks for."""
    name = "localhost" if host in _ALL_ADDRESSES else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _is_free(port: int, host: str = "localhost") -> bool:
    """Whether the port can be listened on. Raises ``InputError`` for a host that cannot be."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the app's server does
        try:
            probe.bind(("127.0.0.1" if host == "localhost" else host, port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise InputError(
                    f"--host {quoted(host)}: no address of this machine; localhost is this machine "
                    "alone, 0.0.0.0 all of its addresses"
                ) from None
            return False
    return True
