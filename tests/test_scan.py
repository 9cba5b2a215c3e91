"""``edged scan``: what it shows, how it ends, what it says where it cannot look around."""

import asyncio
import io
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from edged.cli import main
from edged.clock import ManualClock
from edged.config.model import Config
from edged.errors import DriverError, EdgedError, SourceLost
from edged.scan import live_table, plain_table, safe_text, scan_devices
from edged.sources import link, scanner
from edged.sources.link import LinkContext
from edged.sources.nearby import Nearby, Owner
from edged.sources.scanner import Found, Service, Tell
from tests.sources.test_scanner import ADA, H10, stranger

CONFIG = """
[ble]
slots = 3
[[subject]]
name = "white"
title = "Ada Lovelace"
[[source]]
name = "strap-1"
link = "air:polar"
subject = "white"
[[source]]
name = "strap-2"
link = "air:wahoo"
[[source]]
name = "elsewhere"
link = "tcp://localhost:1"
"""

WAHOO = replace(stranger("TICKR \x1b[31m\N{CROSS MARK}" + 40 * "x", 1, -84), battery_pct=9)


class Air:
    """What the fake scanners hear, and what they were asked."""

    found: tuple[Found, ...] = ()
    error: EdgedError | None = None
    links: Mapping[str, str] = {}
    slots = 0
    ended = 0


async def scan_air(context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
    """Tell what is in the air, whose it is by a word of its name, and listen on."""
    Air.links, Air.slots = links, context.ble.slots
    owners = {url.partition(":")[2]: source for source, url in links.items()}
    for found in Air.found:
        owner = next((owners[word] for word in owners if word in found.name.lower()), None)
        tell(replace(found, owner=owner, seen_ns=context.clock.mono_ns()))
    if Air.error is not None:
        raise Air.error
    try:
        await asyncio.Event().wait()
    finally:
        Air.ended += 1


@pytest.fixture(autouse=True)
def air(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "SCANNERS", {"air": f"{__name__}:scan_air"})
    monkeypatch.setattr(link, "LINKS", {"tcp": "", "air": ""})
    monkeypatch.setattr(Air, "found", ())
    monkeypatch.setattr(Air, "error", None)
    monkeypatch.setattr(Air, "ended", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "edged.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def scan(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["scan", "--seconds", "0.1", *map(str, arguments)])


def on_a_terminal(nearby: Nearby, width: int = 80, height: int = 24) -> list[str]:
    """Return what stands on a terminal of that size."""
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as capture, live_table(console) as show:
        show(nearby)
    frames = re.split(r"(?:\r|\x1b\[2K|\x1b\[1A)+", capture.get())
    lines = re.sub(r"\x1b\[[?\d;]*\w", "", frames[-1]).splitlines()
    assert len(lines) < height, "it does not scroll"
    assert all(cell_len(line) <= width for line in lines)
    return [line.rstrip() for line in lines]


def test_the_devices_with_whose_they_are(file: Path) -> None:
    Air.found = (stranger("", 7, None), WAHOO, H10)
    done = scan("-c", file)
    assert done.exit_code == 0
    heading, ada, none, tickr, missing = done.stdout.splitlines()
    assert heading.split() == ["Whose", "Name", "Signal", "Battery", "Address", "Services"]
    assert ada.split("  ")[0] == "strap-1 → Ada Lovelace"
    assert [cell.strip() for cell in ada.split("  ") if cell.strip()] == [
        "strap-1 → Ada Lovelace",
        "Polar H10 0000001",
        "-58 dBm strong",
        "85 %",
        "A0:9E:1A:00:00:01",
        "heart rate, feee",
    ]
    assert "-84 dBm weak" in none
    assert "9 % low" in none
    assert tickr.split() == ["no", "name", "00:00:00:00:00:07"]
    assert missing == "Not heard: strap-2"
    assert "\x1b" not in done.stdout
    assert (Air.links, Air.slots) == ({"strap-1": "air:polar", "strap-2": "air:wahoo"}, 3)
    assert Air.ended == 1


def test_as_json(file: Path) -> None:
    Air.found = (WAHOO, H10)
    done = scan("-c", file, "--json")
    assert done.exit_code == 0
    assert done.stdout.count("\n") == 1
    assert done.stdout.isascii()
    told = json.loads(done.stdout)
    assert told["v"] == 1
    assert [(device["link"], device["title"]) for device in told["devices"]] == [
        (H10.link, "Ada Lovelace"),
        (WAHOO.link, None),
    ]
    assert told["devices"][1]["name"] == WAHOO.name
    assert told["missing"] == [{"source": "strap-2", "subject": None, "title": ""}]


def test_without_a_configuration_there_are_only_strangers() -> None:
    Air.found = (H10,)
    done = scan()
    assert done.stdout.split()[0] == "Name"
    assert "Whose" not in done.stdout
    assert json.loads(scan("--json").stdout)["devices"][0]["source"] is None


def test_an_empty_air_says_the_next_step() -> None:
    done = scan()
    assert done.exit_code == 0
    assert done.stdout.startswith("Nothing heard yet. Wake the device")
    assert json.loads(scan("--json").stdout) == {"v": 1, "devices": [], "missing": []}


@pytest.mark.parametrize("how", [(), ("--json",)])
@pytest.mark.parametrize("kind", [SourceLost, DriverError])
def test_a_radio_that_cannot_be_used_says_why_and_the_mend(how: tuple[str, ...], kind: type) -> None:
    Air.error = kind("Bluetooth is blocked", where="hci0", mend="Unblock it.")
    done = scan(*how)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr == "Error: hci0: Bluetooth is blocked. Unblock it.\n"


def test_a_scanner_that_is_not_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "SCANNERS", {"air": "nowhere.at_all:scan_air"})
    done = scan()
    assert done.exit_code == 1
    assert "scanner 'air' cannot be loaded" in done.stderr


def test_where_one_of_two_cannot_look_around_the_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "SCANNERS", {"air": f"{__name__}:scan_air", "sea": f"{__name__}:scan_sea"})
    Air.found = (H10,)
    done = scan()
    assert done.exit_code == 0
    assert H10.address in done.stdout
    assert done.stderr == "Warning: the sea is rough\n"


async def scan_sea(*_: object) -> None:
    raise SourceLost("the sea is rough")


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    done = scan("-c", tmp_path / "none.toml")
    assert done.exit_code == 1
    assert "there is no such file" in done.stderr


MAIN = f"""
from edged.cli import main
from edged.sources import scanner
from tests.test_scan import H10, Air
scanner.SCANNERS = {{"air": "{__name__}:scan_air"}}
Air.found = (H10,)
main(["scan"])
"""


def test_on_a_terminal_it_runs_until_ctrl_c() -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen([sys.executable, "-c", MAIN], stdout=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        seen = b""
        while b"-58 dBm" not in seen:
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        with suppress(OSError):  # the end of a terminal that nobody holds any more
            while chunk := os.read(ours, 4096):
                seen += chunk
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    os.close(ours)
    assert seen.rstrip().endswith(b"\x1b[?25h"), "the cursor is back"


async def test_it_shows_twice_a_second_until_told_to_stop() -> None:
    clock, stop, shown = ManualClock(), asyncio.Event(), list[int]()
    Air.found = (H10,)
    task = asyncio.create_task(
        scan_devices(Config(), clock, stop, lambda nearby: shown.append(len(nearby.devices())))
    )
    await clock.advance(2)
    assert shown[1:] == [1, 1, 1, 1]
    assert Air.ended == 0
    stop.set()
    nearby = await task
    assert [device.found.name for device in nearby.devices()] == [H10.name]
    assert Air.ended == 1


async def test_a_radio_that_goes_away_ends_it() -> None:
    Air.error = SourceLost("the adapter is unplugged")
    with pytest.raises(SourceLost, match="unplugged"):
        await scan_devices(Config(), ManualClock(), asyncio.Event(), lambda _: None)


async def test_a_terminal_of_80_columns() -> None:
    clock = ManualClock(mono_ns=H10.seen_ns)
    nearby = Nearby(clock, {"strap-1": ADA, "strap-2": Owner("strap-2", "b", "Max Euwe")})
    nearby.take(H10)
    nearby.take(replace(WAHOO, seen_ns=H10.seen_ns))
    nearby.take(replace(stranger("TV", 5, seen_ns=H10.seen_ns), connected=True))
    await clock.advance(12)
    nearby.take(replace(stranger("Now", 6, -70, clock.mono_ns()), services=(Service("180d", "heart rate"),)))
    heading, *rows, missing = on_a_terminal(nearby)
    assert heading.split()[:4] == ["Whose", "Name", "Signal", "Battery"]
    assert rows[0].startswith("strap-1 → ")
    assert "A0:9E:1A:00:00:01" in rows[0]
    assert "12 s ago" in rows[0]
    assert "strong" not in rows[0]
    assert "…" in rows[1]
    assert "connected" in rows[2]
    assert "-70 dBm fair" in rows[3]
    assert missing == "Not heard: strap-1 → Ada Lovelace, strap-2 → Max Euwe"


def test_a_small_terminal_shows_the_first_and_counts_the_rest() -> None:
    nearby = Nearby(ManualClock(), {"strap-1": ADA})
    for n in range(50):
        nearby.take(stranger(f"phone {n}", n))
    nearby.take(H10)
    rows = on_a_terminal(nearby, height=12)
    assert H10.address in rows[1]
    assert rows[-1] == "and 45 more"


def test_problems_stand_below() -> None:
    nearby = Nearby(ManualClock(), {})
    nearby.problems.append(SourceLost("no adapter", mend="Plug one in."))
    assert plain_table(nearby).splitlines()[-1] == "no adapter. Plug one in."


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Polar H10", "Polar H10"),
        ("[bold]no markup[/]", "[bold]no markup[/]"),
        ("a\x1b[2Jb\r\nc\x00", "a\ufffd[2Jb\ufffd\ufffdc\ufffd"),
        ("abc\u202edcba", "abcdcba"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨👩👧 ❤"),
        ("a" + 30 * "\u0316", "a\u0316\u0316"),
        ("Ame\u0301lie", "Amélie"),
        ("  ", ""),
        (41 * "x", 39 * "x" + "…"),
        (40 * "x", 40 * "x"),
        (30 * "心", 19 * "心" + "…"),
    ],
)
def test_odd_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_text(name) == safe


@given(st.text())
def test_no_name_breaks_a_line(name: str) -> None:
    safe = safe_text(name)
    assert cell_len(safe) <= 40
    assert not {unicodedata.category(c) for c in safe.strip("\u2068\u2069")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    nearby = Nearby(ManualClock(), {})
    nearby.take(replace(H10, name=name, owner=None))
    assert len(plain_table(nearby).splitlines()) == 2


WIRE = replace(
    stranger("FTDI FT232R USB UART", 9, None),
    kind="serial",
    link="serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
    address="/dev/ttyUSB0",
    used_by="ModemManager (412)",
)


def test_a_port_is_told_with_its_link_and_who_has_it_open() -> None:
    nearby = Nearby(ManualClock(), {})
    nearby.take(replace(H10, owner=None))
    nearby.take(WIRE)
    heading, strap, port = plain_table(nearby).splitlines()
    assert heading.split() == ["Name", "Signal", "Battery", "Address", "Services", "Link"]
    assert "ble:" not in strap
    assert [cell.strip() for cell in port.split("  ") if cell.strip()] == [
        "FTDI FT232R USB UART",
        "used by ModemManager (412)",
        "/dev/ttyUSB0",
        "serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
    ]


def test_a_port_on_a_terminal() -> None:
    nearby = Nearby(ManualClock(), {})
    nearby.take(WIRE)
    _, row = on_a_terminal(nearby, width=120)
    assert "/dev/ttyUSB0" in row
    assert "serial:/dev/serial/by-id/" in row


async def scan_bench(_context: LinkContext, _links: Mapping[str, str], tell: Tell) -> None:
    """Tell of a port, and listen on."""
    tell(WIRE)
    await asyncio.Event().wait()


def test_a_board_without_bluetooth_shows_its_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    scanners = {"air": f"{__name__}:scan_air", "bench": f"{__name__}:scan_bench"}
    monkeypatch.setattr(scanner, "SCANNERS", scanners)
    Air.error = SourceLost("there is no Bluetooth adapter", mend="Plug one in.")
    done = scan()
    assert done.exit_code == 0
    assert "/dev/ttyUSB0" in done.stdout
    assert done.stderr == "Warning: there is no Bluetooth adapter. Plug one in.\n"
