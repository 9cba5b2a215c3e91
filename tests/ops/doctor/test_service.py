"""What systemd's own words mean, and a page that does not answer as ours."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from edged.errors import TransientError
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.patient import Patient
from edged.ops.doctor.service import ask_systemd, check_service, findings_of
from tests.ops.doctor.bodies import looked, only, patient
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import serving

WELL: Final = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "Result": "success",
    "NRestarts": "0",
    "ExecMainStatus": "0",
}
LOG: Final = "`journalctl -u edged -e` tells why; then `sudo systemctl start edged`."


def one(**told: str) -> Finding:
    (found,) = findings_of(WELL | told)
    return found


def test_a_unit_that_is_well() -> None:
    assert (one().level, one().what) == ("ok", "it runs, and starts with the board")
    assert one(ActiveState="reloading", NRestarts="2").level == "ok"


@pytest.mark.parametrize(
    ("told", "what", "mend"),
    [
        (
            {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "78"},
            "edged does not run: its configuration is wrong",
            "`edged check -c /etc/edged/edged.toml` says where.",
        ),
        (
            {"ActiveState": "failed", "Result": "watchdog", "ExecMainStatus": "6"},
            "edged does not run: it hung, and systemd's watchdog ended it",
            LOG,
        ),
        (
            {"ActiveState": "failed", "Result": "oom-kill", "NRestarts": "5"},
            "edged does not run: it ran out of memory",
            LOG,
        ),
        (
            {"ActiveState": "inactive"},
            "edged does not run: it was stopped",
            "`sudo systemctl start edged`.",
        ),
    ],
)
def test_a_unit_that_does_not_run(told: dict[str, str], what: str, mend: str) -> None:
    found = one(**told)
    assert (found.level, found.what, found.mend) == ("problem", what, mend)
    assert found.where == "edged.service"


@pytest.mark.parametrize(
    ("status", "why"), [("78", "its configuration is wrong"), ("1", "it ended with an error")]
)
def test_safe_mode_in_its_place(status: str, why: str) -> None:
    """As systemd 252 tells it: starting safe mode stops what has failed, and that is a success."""
    (found,) = findings_of(WELL | {"ActiveState": "inactive", "ExecMainStatus": status}, is_safe=True)
    assert (found.level, found.what) == ("problem", f"edged does not run: {why}")


def test_a_unit_that_ends_again_and_again() -> None:
    found = one(NRestarts="3")
    assert (found.level, found.facts) == ("warning", {"restarts": 3})
    assert found.what == "edged has ended by itself 3 times since it was last started"
    assert found.mend == "`journalctl -u edged -p warning` tells why."


def test_a_unit_that_does_not_start_with_the_board() -> None:
    found = one(UnitFileState="disabled")
    assert (found.level, found.what) == ("warning", "edged does not start with the board")
    assert found.mend == "`sudo systemctl enable edged` changes that."


def test_no_unit() -> None:
    found = one(LoadState="not-found", ActiveState="inactive")
    assert found.level == "not_applicable"
    assert found.what.endswith("`edged install-service` does that")


def test_no_systemctl(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"there is no program systemctl\. Install systemd again"):
        ask_systemd(["edged.service"], {"PATH": str(tmp_path)})


def test_systemd_does_not_answer() -> None:
    nowhere = {"SYSTEMCTL_FORCE_BUS": "1", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere"}
    with pytest.raises(TransientError, match=r"systemd does not answer: .+\. `systemctl status edged` tells"):
        ask_systemd(["edged.service"], {"PATH": os.environ["PATH"], **nowhere})


async def test_a_board_without_systemd(tmp_path: Path) -> None:
    found = await only("service", patient(tmp_path, config={"web": {"enabled": False}}))
    assert (found.level, found.what) == ("not_applicable", "this board is not run by systemd")


async def test_a_board_whose_systemd_is_gone(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    node = patient(tmp_path, environment={"PATH": str(tmp_path)})
    with pytest.raises(TransientError, match="there is no program systemctl"):
        await check_service(node)


# The page


def at(folder: Path, port: int) -> Patient:
    return patient(folder, config={"web": {"port": port}})


async def page(folder: Path, port: int) -> Finding:
    found = await looked("service", at(folder, port))
    return next(each for each in found if each.title == "Page")


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """Another program, which answers whatever it is asked."""

    async def answer_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer_it, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_page_that_answers(tmp_path: Path) -> None:
    async with serving(FakeView(documents.status())) as site:
        found = await page(tmp_path, site.port)
    assert (found.level, found.what, found.where) == ("ok", "it answers", f"http://127.0.0.1:{site.port}/")


async def test_a_page_that_nobody_serves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = await page(tmp_path, port)
    assert found.level == "warning"
    assert found.mend == "`systemctl status edged` tells whether it runs."


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"HTTP/1.1 404 Not Found\r\n\r\n", b"220 mail\r\n"],
)
async def test_a_port_that_another_program_has(tmp_path: Path, answer: bytes) -> None:
    async with answering(answer) as port:
        found = await page(tmp_path, port)
    assert (found.level, found.what) == ("problem", f"another program than edged has port {port}")
    assert found.mend.startswith(f"`sudo ss -ltnp 'sport = :{port}'` shows which")


async def test_a_page_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edged.ops.doctor.service._TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = await page(tmp_path, silent.getsockname()[1])
    assert found.level == "problem"
    assert found.what.startswith("it takes the connection, but does not answer within")
    assert found.mend == "edged hangs: `sudo systemctl restart edged`."


async def test_the_daemon_does_not_ask_itself(tmp_path: Path) -> None:
    await only("service", patient(tmp_path, is_running=True))
