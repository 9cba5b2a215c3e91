"""``edged status``: where it asks, what it shows, how it ends."""

import asyncio
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from edged.cli import main
from edged.cli.status import UNREACHABLE, WRONG
from edged.errors import ConfigError
from edged.local_api import LocalApi
from edged.ops.status import Words
from edged.web.server import serve_socket
from tests.rigs.waiting import until
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving

LOST = documents.subject("max", "Max Euwe", "lost", words=Words(word="Lost", icon="cross", sentence="Gone."))


@pytest.fixture
def view() -> FakeView:
    return FakeView(documents.status())


@pytest.fixture
async def path(tmp_path: Path, view: FakeView) -> AsyncIterator[Path]:
    path, ready = tmp_path / "edged.sock", asyncio.Event()
    task = asyncio.create_task(serve_socket(view, path, on_listening=lambda _: ready.set()))
    await ready.wait()
    yield path
    task.cancel()
    await asyncio.wait([task])


async def edged_status(*arguments: str | Path) -> Result:
    given = [str(argument) for argument in arguments]
    return await asyncio.to_thread(CliRunner().invoke, main, ["status", *given])


async def test_over_the_socket_all_is_well(path: Path) -> None:
    done = await edged_status("--socket", path)
    assert done.exit_code == 0, done.output
    assert "All is well." in done.output
    assert "Ada Lovelace" in done.output


async def test_at_an_address_something_is_wrong(view: FakeView) -> None:
    view.show(documents.status(subjects=[LOST]))
    async with serving(view) as site:
        done = await edged_status("--url", site.url)
    assert done.exit_code == WRONG
    assert "One thing is wrong." in done.output
    assert "Gone." in done.output


async def test_json_is_the_whole_document(path: Path, view: FakeView) -> None:
    view.show(documents.status(subjects=[LOST]))
    done = await edged_status("--socket", path, "--json")
    assert done.exit_code == WRONG
    assert json.loads(done.output) == view.document.model_dump(mode="json")


async def test_where_the_configuration_says(path: Path, tmp_path: Path, view: FakeView) -> None:
    file = tmp_path / "edged.toml"
    file.write_text(f'[web]\nsocket = "{path}"\n', encoding="utf-8")
    assert (await edged_status("-c", file)).exit_code == 0
    async with serving(view) as site:
        file.write_text(f"[web]\nport = {site.port}\n", encoding="utf-8")
        assert (await edged_status("-c", file)).exit_code == 0


async def test_the_installed_one_where_nothing_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["edged.cli.asking"], "INSTALLED", path)
    assert (await edged_status()).exit_code == 0


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[web]\nenabled = false\n", "page and socket are switched off"),
        ("[web]\nport = 0\n", "its page takes any free port, and it has no socket"),
        ("[wbe]\n", "unknown key 'wbe'"),
        ('[web]\nsocket = "{folder}/none.sock"\n', "Is the service up? `systemctl status edged`"),
    ],
)
async def test_where_it_cannot_be_asked_it_says_why(tmp_path: Path, config: str, told: str) -> None:
    file = tmp_path / "edged.toml"
    file.write_text(config.replace("{folder}", str(tmp_path)), encoding="utf-8")
    done = await edged_status("-c", file)
    assert done.exit_code == UNREACHABLE
    assert told in done.output
    assert done.output.count("\n") == 1
    as_json = json.loads((await edged_status("-c", file, "--json")).output)
    assert as_json["reachable"] is False
    assert as_json["what"] in done.output
    assert as_json["mend"]


async def test_a_socket_that_was_left_behind(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as owner:
        owner.bind(str(tmp_path / "s"))
    done = await edged_status("--socket", tmp_path / "s")
    assert done.exit_code == UNREACHABLE
    assert "the daemon does not answer: Connection refused" in done.output


async def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edged.local_api.LocalApi.__init__.__defaults__", (0.1,))
    with closing(socket.socket(socket.AF_UNIX)) as owner:
        owner.bind(str(tmp_path / "s"))
        owner.listen()
        done = await edged_status("--socket", tmp_path / "s")
    assert done.exit_code == UNREACHABLE
    assert "the daemon does not answer within 0.1 s" in done.output


async def test_who_may_not_is_told_who_may(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, _address: Any) -> None:
        raise PermissionError(13, "Permission denied")

    class Refused(socket.socket):
        connect = refuse

    monkeypatch.setattr(socket, "socket", Refused)
    done = await edged_status("--socket", path)
    assert done.exit_code == UNREACHABLE
    assert "Root may, and the group edged: `sudo edged status`." in done.output


class Stranger(BaseHTTPRequestHandler):
    """Another program's page."""

    answer: tuple[int, bytes] = (200, b"")

    def do_GET(self) -> None:
        status, body = self.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, b"<html>"), "what answers is not this version of edged"),
        ((200, b'{"v": 2}'), "what answers is not this version of edged"),
        ((401, b'{"detail": "Log in first."}'), "it answers 401. Log in first."),
        ((404, b"nothing here"), "it answers 404"),
        ((500, b"[]"), "it answers 500"),
    ],
)
async def test_another_program_is_told_apart(stranger: str, answer: tuple[int, bytes], told: str) -> None:
    Stranger.answer = answer
    done = await edged_status("--url", stranger)
    assert done.exit_code == UNREACHABLE
    assert told in done.output


async def test_what_speaks_no_http() -> None:
    async def mumble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(mumble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        done = await edged_status("--url", f"http://127.0.0.1:{port}")
    assert done.exit_code == UNREACHABLE
    assert "what answers there is not edged" in done.output


async def test_tls_that_is_none(view: FakeView) -> None:
    async with serving(view) as site:
        done = await edged_status("--url", site.url.replace("http", "https"))
    assert done.exit_code == UNREACHABLE
    assert "its certificate is not trusted" in done.output


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://x:port", "http://[::1"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError, match="is no address of a page"):
        LocalApi(url)


async def test_to_watch_takes_a_terminal(path: Path) -> None:
    done = await edged_status("--socket", path, "--watch")
    assert done.exit_code == 2
    assert "--watch needs a terminal" in done.output


class Terminal:
    """A terminal of 80 by 24 in which the command runs; an async context manager."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._seen = bytearray()
        self._ours, self._theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        self.process: asyncio.subprocess.Process | None = None

    def shows(self, text: str) -> bool:
        """Return whether this has been on it."""
        try:
            while data := os.read(self._ours, 65_536):
                self._seen.extend(data)
        except OSError:  # nothing more now
            pass
        return text in self._seen.decode("utf-8", "replace")

    async def ended(self) -> int:
        """Wait for the end; return the exit status."""
        assert self.process is not None
        async with asyncio.timeout(10):
            while self.process.returncode is None:
                self.shows("")
                await asyncio.sleep(0.01)
        self.shows("")
        return self.process.returncode

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edged", "status", *self._arguments),
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
        )
        os.close(self._theirs)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        os.close(self._ours)


async def test_on_a_terminal_it_has_colours(site: Site) -> None:
    async with Terminal("--url", site.url) as terminal:
        assert await terminal.ended() == 0
        assert terminal.shows("\x1b[32m")
        assert terminal.shows("Ada Lovelace")


async def test_on_a_terminal_it_is_watched_until_it_is_told_to_stop(site: Site) -> None:
    async with Terminal("--url", site.url, "--watch") as terminal:
        await until(lambda: terminal.shows("All is well."))
        site.view.show(documents.status(subjects=[LOST]))
        await until(lambda: terminal.shows("One thing is wrong."))
        await site.stop()
        await until(lambda: terminal.shows("the daemon does not answer"))
        assert terminal.process is not None
        terminal.process.send_signal(signal.SIGINT)
        assert await terminal.ended() == UNREACHABLE


@pytest.fixture
async def site(view: FakeView) -> AsyncIterator[Site]:
    async with serving(view) as site:
        yield site


def test_who_only_asks_does_not_import_the_page() -> None:
    script = (
        "import sys, edged.cli.status, edged.local_api, edged.status_screen\n"
        "assert not {'fastapi', 'uvicorn', 'scipy', 'paho'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
