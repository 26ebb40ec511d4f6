"""A page of another port of this machine tries to use the app, in the browser of its curator."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from tests.pages.conftest import SECRET

ATTACK = """<!DOCTYPE html><title>waiting</title><script>
const told = [];
function say(what) { told.push(what); if (told.length === 4) document.title = told.join(" "); }
const socket = new WebSocket("ws://localhost:PORT/_stcore/stream", ["streamlit"]);
socket.onopen = () => say("opened");
socket.onerror = () => say("refused");
fetch("http://localhost:PORT/api/v1/status", {credentials: "include"})
  .then(() => say("read"), () => say("unread"));
fetch("http://localhost:PORT/", {credentials: "include"})
  .then(() => say("read"), () => say("unread"));
const frame = document.createElement("iframe");
frame.src = "http://localhost:PORT/";
frame.onload = () => { try { frame.contentDocument ? say("blank") : say("framed"); }
  catch (e) { say("framed"); } };
document.documentElement.append(frame);
</script>"""


@pytest.fixture
def attacker() -> Iterator[Callable[[str], str]]:
    """Serve the page that tries, given the port of the app; gives its address."""
    ports: list[str] = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ATTACK.replace("PORT", ports[0]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def begin(port: str) -> str:
        ports.append(port)
        return f"http://localhost:{server.server_port}/"

    yield begin
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_on_another_port_neither_reads_nor_opens_the_socket(
    browser: Any, serve: Callable[[Path], str], project: Project, attacker: Callable[[str], str]
) -> None:
    address = serve(project.path)
    port = address.rstrip("/").rsplit(":", 1)[1]
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}?token={SECRET}")
    page.get_by_text("Who reviews?").wait_for()  # so the browser has the cookie
    assert "token" not in page.url
    page.goto(attacker(port))
    page.wait_for_function("document.title !== 'waiting'")
    told = page.title().split()
    framed = page.frames[1].evaluate("document.querySelector('.stApp, #root') !== null")
    context.close()
    assert sorted(word for word in told if word not in ("blank", "framed")) == [
        "refused",
        "unread",
        "unread",
    ]
    assert not framed
