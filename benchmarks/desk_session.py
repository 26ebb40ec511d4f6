"""One curator's session at the running app, without a browser: what scripts here share. No script.

Speaks Streamlit's own messages over the WebSocket, as a browser does: it sees each part of the page
that the server sends, and presses its buttons. What a browser adds is not measured by it.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlsplit

from browser import SECRET
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from kgreview.ui.keyboard import CURATOR_COOKIE

_BUTTON = re.compile(r"-([a-z_]+\d*)-([0-9a-f]{32})$")  # what a button does, and of which question
_SAID = re.compile(r'<div class="kg-said"[^>]*>(.*?)</div>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class SessionError(Exception):
    """The page showed an error, or the server went away."""


@dataclass
class Shown:
    """What a run of the page's script sent."""

    buttons: dict[str, str] = field(default_factory=dict)  # what they do → id
    token: str | None = None  # of the question
    said: str = ""
    errors: list[str] = field(default_factory=list)
    size: int = 0  # bytes


class DeskSession:
    """A curator at the Review page. Raises ``SessionError`` where the page shows an error."""

    def __init__(self, address: str, curator: str, timeout: float = 60.0) -> None:
        parts = urlsplit(address)
        cookies = {f"kgreview_{parts.port}": SECRET, CURATOR_COOKIE: quote(curator)}
        self.curator = curator
        self._timeout = timeout
        self._query, self._page = "", ""
        self._address = address
        self._socket: ClientConnection = connect(
            f"ws://{parts.netloc}/_stcore/stream",
            origin=Origin(f"http://{parts.netloc}"),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())},
            max_size=None,
            open_timeout=timeout,
        )
        self.shown = Shown()
        self.run()

    def run(self, button: str | None = None) -> float:
        """Have the script run, with a button pressed; give the seconds until all was sent."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.context_info.url, state.context_info.timezone = self._address, "UTC"
        if button is not None:
            pressed = state.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = button, True
        started = time.perf_counter()
        try:
            self._socket.send(message.SerializeToString())
            self.shown = self._received()
        except (OSError, EOFError, TimeoutError) as error:
            raise SessionError(f"{type(error).__name__}: {error}") from error
        except Exception as error:
            if type(error).__module__.startswith("websockets"):
                raise SessionError(f"the server closed ({error})") from error
            raise
        seconds = time.perf_counter() - started
        if self.shown.errors:
            raise SessionError("; ".join(self.shown.errors))
        return seconds

    def press(self, what: str) -> float:
        """Press a button of the question that is shown; give the seconds until all was sent."""
        return self.run(self.shown.buttons[what])

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()

    def _received(self) -> Shown:
        shown = Shown()
        while True:
            raw = self._socket.recv(self._timeout)
            shown.size += len(raw)
            message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
                # a script that runs once more begins anew
                shown = Shown(size=shown.size)
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                _note(shown, message.delta.new_element)
            elif kind == "script_finished" and message.script_finished in _LAST:
                return shown


_LAST = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
)


def _note(shown: Shown, element: object) -> None:
    kind = element.WhichOneof("type")  # type: ignore[attr-defined]
    if kind == "button":
        found = _BUTTON.search(element.button.id)  # type: ignore[attr-defined]
        if found is not None:
            shown.buttons[found[1]] = element.button.id  # type: ignore[attr-defined]
            if found[1] != "undo":
                shown.token = found[2]
    elif kind == "html":
        said = _SAID.search(element.html.body)  # type: ignore[attr-defined]
        if said is not None:
            shown.said = unescape(_TAG.sub("", said[1]))
    elif kind == "exception":
        shown.errors.append(element.exception.message)  # type: ignore[attr-defined]
    elif kind == "alert":
        shown.errors.append(element.alert.body)  # type: ignore[attr-defined]
