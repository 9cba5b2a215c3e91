"""``edged claim`` and ``edged account``, over the socket of a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edged.access.gate import Gate
from edged.access.role import Role
from edged.cli import main
from edged.clock import SystemClock
from edged.ops.instruments import AccessStats
from edged.web.server import serve_socket
from tests.access.quick import quick_hashes
from tests.web import documents
from tests.web.fake_view import FakeView

PASSWORD = "correct horse"  # noqa: S105  no secret of anybody: an account that lives as long as a test


@pytest.fixture
async def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gate]:
    quick_hashes(monkeypatch)
    gate, ready = await Gate.open(tmp_path / "access.db", SystemClock(), AccessStats()), asyncio.Event()
    view = FakeView(documents.status())
    task = asyncio.create_task(
        serve_socket(view, tmp_path / "edged.sock", gate=gate, on_listening=lambda _: ready.set())
    )
    await ready.wait()
    yield gate
    task.cancel()
    await asyncio.wait([task])
    await gate.close()


async def edged(folder: Path, *arguments: str, typed: str = "") -> Result:
    given = [*arguments, "--socket", str(folder / "edged.sock")]
    return await asyncio.to_thread(CliRunner().invoke, main, given, typed)


async def test_the_code_is_told_until_it_is_used(gate: Gate, tmp_path: Path) -> None:
    done = await edged(tmp_path, "claim")
    assert done.exit_code == 0
    assert done.output == f"{gate.claim_code()}\n"
    await gate.claim(done.output.strip(), "ada", PASSWORD, "127.0.0.1")
    done = await edged(tmp_path, "claim")
    assert done.exit_code == 1
    assert "claimed already" in done.output
    assert "edged account password" in done.output


async def test_accounts(gate: Gate, tmp_path: Path) -> None:
    refused = await edged(tmp_path, "account", "add", "grace", "--password", PASSWORD)
    assert refused.exit_code == 1
    assert "The first account is that of an admin" in refused.output
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    done = await edged(tmp_path, "account", "add", "ada", "--role", "admin", typed=typed)
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert gate.accounts.role("ada") is Role.ADMIN
    assert (await edged(tmp_path, "account", "add", "grace", "--password", PASSWORD)).exit_code == 0
    listed = await edged(tmp_path, "account", "list")
    assert [line.split()[:2] for line in listed.output.splitlines()] == [
        ["ada", "admin"],
        ["grace", "viewer"],
    ]
    told = json.loads((await edged(tmp_path, "account", "list", "--json")).output)
    assert [each["name"] for each in told] == ["ada", "grace"]
    weak = await edged(tmp_path, "account", "password", "grace", "--password", "short")
    assert "at least 10 characters" in weak.output
    assert (
        await edged(tmp_path, "account", "password", "grace", "--password", "battery staple")
    ).exit_code == 0
    await gate.log_in("grace", "battery staple", "127.0.0.1")
    assert (await edged(tmp_path, "account", "remove", "grace")).exit_code == 0
    gone = await edged(tmp_path, "account", "remove", "grace")
    assert gone.exit_code == 1
    assert "no account grace" in gone.output
    last = await edged(tmp_path, "account", "remove", "ada")
    assert "last admin" in last.output


async def test_where_nobody_answers(tmp_path: Path) -> None:
    done = await edged(tmp_path, "claim")
    assert done.exit_code == 1
    assert "does not answer" in done.output
    (tmp_path / "edged.toml").write_text("", encoding="utf-8")
    done = await asyncio.to_thread(
        CliRunner(env={"RUNTIME_DIRECTORY": ""}).invoke, main, ["claim", "-c", str(tmp_path / "edged.toml")]
    )
    assert "no socket for commands" in done.output
    assert "web.socket" in done.output


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "edged.toml"
    file.write_text(f'[journal]\npath = "{tmp_path}/edged.db"\n', encoding="utf-8")
    asked = ["claim", "--anew", "-c", str(file)]
    assert "no file of accounts" in CliRunner().invoke(main, asked).output
    (tmp_path / "access.db").write_bytes(b"nonsense")
    assert CliRunner().invoke(main, asked, "n\n").exit_code == 1
    done = CliRunner().invoke(main, asked, "y\n")
    assert done.exit_code == 0
    assert "systemctl restart edged" in done.output
    assert not (tmp_path / "access.db").exists()
    assert (tmp_path / "access.db.corrupt-1").read_bytes() == b"nonsense"
