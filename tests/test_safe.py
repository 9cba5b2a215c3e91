"""What safe mode can still make of a configuration, and what it says."""

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from edged.clock import ManualClock
from edged.config.model import Config
from edged.errors import PermanentError
from edged.ops.systemd import Notifier
from edged.safe import SafeNode, run_safe, safe_config, why_safe
from tests.rigs.waiting import until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "edged.toml"


def test_a_good_file_is_taken_whole(file: Path) -> None:
    file.write_text('[node]\nname = "board-7"\n', encoding="utf-8")
    assert safe_config(file).node.name == "board-7"
    assert why_safe(file, {}).what == "edged does not run: it was asked to be safe"


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("[web]\nport = 9999\n[nope]\n", 9999),
        ("[web]\nport = 99999\n", 8080),
        ("[web]\nport = \n", 8080),
        ("web = 1\n", 8080),
    ],
)
def test_of_a_wrong_one_the_page_is_where_it_was_if_that_can_be_read(
    file: Path, text: str, port: int
) -> None:
    file.write_text(text, encoding="utf-8")
    assert safe_config(file).web.port == port
    assert str(file) in why_safe(file, {}).what


def test_a_file_that_is_not_there(file: Path) -> None:
    assert safe_config(file) == Config()
    assert "there is no such file" in why_safe(file, {}).what


@pytest.mark.parametrize(
    ("result", "word"),
    [("watchdog", "hung"), ("oom-kill", "memory"), ("signal", "signal"), ("new one", "asked to be safe")],
)
def test_how_it_ended_is_told(file: Path, result: str, word: str) -> None:
    file.write_text("", encoding="utf-8")
    why = why_safe(file, {"MONITOR_SERVICE_RESULT": result})
    assert word in why.what
    assert "journalctl -u edged" in why.mend


async def test_it_shows_no_reading_and_changes_with_the_time_only() -> None:
    clock = ManualClock(boot="boot-1")
    node = SafeNode(Config(), clock, PermanentError("edged does not run"))
    assert node.readings_after(7) == (7, {})
    waiting = asyncio.create_task(node.changed())
    await clock.advance(0.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert waiting.done()
    assert node.status().node.up_s == pytest.approx(1.1)


async def test_its_metrics_say_that_it_is_safe_and_nothing_else() -> None:
    clock = ManualClock()
    node = SafeNode(Config(), clock, PermanentError("edged does not run"))
    await clock.advance(7)
    told = {family.metric.name: family.points for family in node.metrics()}
    assert told.keys() == {"edged_node_info", "edged_node_mode", "edged_uptime_seconds"}
    assert dict(told["edged_node_mode"]) == {("normal",): 0, ("refused",): 0, ("safe",): 1}
    assert told["edged_uptime_seconds"] == (((), 7),)


@pytest.mark.parametrize("wrong", ["\n[[", "\n[nope]\n", "\n[live]\nstale_after_s = 9\n"])
async def test_a_configuration_is_mended_and_the_daemon_is_next(file: Path, wrong: str) -> None:
    good = (
        f'[web]\nport = 0\n[journal]\npath = "{file.parent}/edged.db"\n[uplink]\npassword = "s3cret-word"\n'
    )
    file.write_text(good + wrong, encoding="utf-8")
    clock, stop, pages = ManualClock(), asyncio.Event(), list[str]()
    running = asyncio.create_task(
        run_safe(
            # where it is not TOML nobody knows the port: any will do here
            Config.model_validate({"web": {"port": 0}, "journal": {"path": f"{file.parent}/edged.db"}}),
            why_safe(file, {}),
            clock,
            stop,
            Notifier(),
            file=file,
            on_listening=lambda host, port: pages.append(f"http://{host}:{port}"),
        )
    )
    await until(lambda: pages)
    async with httpx.AsyncClient(base_url=f"{pages[0]}/api/v1/", trust_env=False) as http:
        now = (await http.get("configuration")).json()
        assert now["values"] == {}
        assert "s3cret-word" not in now["text"]
        match = {"If-Match": now["etag"]}
        assert (await http.put("configuration", headers=match, json={"text": now["text"]})).status_code == 422
        assert not running.done()
        mended = now["text"].removesuffix(wrong)
        plan = (await http.post("configuration/draft", json={"text": mended})).json()
        assert (plan["errors"], plan["plan"]["text"]) == ([], mended)
        assert (await http.put("configuration", headers=match, json={"text": mended})).status_code == 200
        assert file.read_text(encoding="utf-8") == good
        versions = (await http.get("configuration/versions")).json()
        assert [each["by"] for each in versions] == ["page", "found in safe mode"]
    await clock.advance(1)
    await until(running.done)
    assert running.result() is True


async def test_a_port_that_is_taken_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config = Config.model_validate({"web": {"port": port}, "journal": {"path": f"{tmp_path}/edged.db"}})
        stop, pages = asyncio.Event(), list[int]()
        clock = ManualClock()
        running = asyncio.create_task(
            run_safe(
                config,
                PermanentError("edged does not run"),
                clock,
                stop,
                Notifier(),
                on_listening=lambda _host, port: pages.append(port),
            )
        )
        await until(lambda: "is in use by another program" in caplog.text)
        assert pages == []
    await clock.advance(5)
    await until(lambda: pages)
    assert pages == [port]
    stop.set()
    await until(running.done)
    assert running.result() is False
