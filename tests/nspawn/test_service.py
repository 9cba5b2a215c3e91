"""Under systemd: it starts, is watched, comes back, and gives up in order."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nspawn.configs import straps
from tests.nspawn.container import Container

CONFIG = "/etc/edged/edged.toml"
DROP_IN = "/etc/systemd/system/edged.service.d/test.conf"
HANGS = "/var/lib/edged/hangs"
COLD_START_S = 2.0
STARTS = 3
RSS_MB = 100.0
SECONDS = """
import sqlite3, subprocess, sys, time
began = time.monotonic()
starting = subprocess.Popen(["systemctl", "start", "edged.service"])
while time.monotonic() < began + 10:
    try:
        db = sqlite3.connect("file:/var/lib/edged/edged.db?mode=ro", uri=True)
        if db.execute("SELECT count(*) FROM record WHERE stream IS NOT NULL").fetchone()[0]:
            break
    except sqlite3.Error:
        pass
    time.sleep(0.01)
print(time.monotonic() - began)
starting.wait()
"""


def watchdog(seconds: int) -> str:
    """Return a drop-in: with the unit's own 30 s this would take minutes."""
    return f"[Service]\nWatchdogSec={seconds}\n"


def live(board: Container) -> bool:
    told = board.run("systemctl", "show", "-p", "ActiveState,StatusText", "edged.service").splitlines()
    return "ActiveState=active" in told and any("1 of 1 sources live." in line for line in told)


def recorded(board: Container) -> int:
    """Return the highest id that is on disk."""
    return int(board.status()["journal"]["head"])


def test_from_boot_to_stop(board: Container) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    with board:
        board.until(lambda: live(board), what="it streams after the boot, unaided")
        assert board.show("edged.service", "ActiveState") == "active"
        assert board.show("edged.service", "NRestarts") == "0"
        assert board.run("stat", "-c", "%U:%G %a", "/var/lib/edged") == "edged:edged 750"
        assert "edged" in board.run("ps", "-o", "user=", "-p", board.show("edged.service", "MainPID"))
        board.write(CONFIG, straps("sim:resting", "sim:stress"), 0o664)
        board.run("systemctl", "reload", "edged.service")
        board.until(lambda: "2 of 2" in board.show("edged.service", "StatusText"))
        began = time.monotonic()
        board.run("systemctl", "stop", "edged.service")
        assert time.monotonic() - began < 5
        assert board.show("edged.service", "Result") == "success"
        assert board.show("edged-safe.service", "ActiveState") == "inactive", "a stop is no failure"


def cold_start_s(board: Container) -> float:
    """Return how long it takes from nothing to the first sample on disk, s."""
    board.run("systemctl", "stop", "edged.service")
    board.run("sh", "-c", "rm -f /var/lib/edged/edged.db*")
    return float(board.run("python3", "-c", SECONDS))


def test_memory_with_the_page(board: Container, record_property: Callable[[str, object], None]) -> None:
    board.write(CONFIG, straps("sim:resting", more="[web]\nport = 8080\n"), 0o664)
    with board:
        board.until(lambda: live(board))
        board.status()
        pid = board.show("edged.service", "MainPID")
        kib = board.run("grep", "VmRSS", f"/proc/{pid}/status")
    rss_mb = int(kib.split()[1]) * 1024 / 1e6
    record_property("rss_mb", rss_mb)
    assert rss_mb <= RSS_MB


@pytest.mark.field  # a time, which means something only where nothing else runs
def test_cold_start(board: Container, record_property: Callable[[str, object], None]) -> None:
    board.write(CONFIG, straps("sim:resting", more="[web]\nport = 8080\n"), 0o664)
    with board:
        board.until(lambda: live(board))
        seconds = sorted(cold_start_s(board) for _ in range(STARTS))
    record_property("cold_start_s", seconds)
    assert seconds[STARTS // 2] <= COLD_START_S, seconds


def test_killed_and_stopped_it_comes_back(board: Container) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    board.write(DROP_IN, watchdog(3))
    with board:
        board.until(lambda: live(board) and recorded(board) > 0)
        before = recorded(board)
        board.run("systemctl", "kill", "--signal=KILL", "edged.service")
        board.until(lambda: board.show("edged.service", "NRestarts") == "1" and live(board))
        board.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "edged.service")
        board.until(lambda: board.show("edged.service", "NRestarts") == "2" and live(board))
        log = board.log("edged.service")
        assert "Watchdog timeout (limit 3s)!" in log
        told = board.status()
        assert told["journal"]["head"] >= before
        assert told["node"]["mode"] == "normal"


def test_a_disk_that_does_not_answer_is_seen_and_an_idle_strap_is_not(board: Container, stall: Path) -> None:
    board.write(CONFIG, straps("sim:resting?silent_after=2"), 0o664)
    board.write(DROP_IN, watchdog(3) + "Environment=LD_PRELOAD=/opt/stall.so\n")
    (board.own / "opt").mkdir(exist_ok=True)
    (board.own / "opt/stall.so").write_bytes(stall.read_bytes())
    with board:
        board.until(lambda: live(board))
        board.until(lambda: "strap-1: Silent" in board.show("edged.service", "StatusText"))
        time.sleep(7)  # two watchdogs long
        assert board.show("edged.service", "NRestarts") == "0"
        board.write(CONFIG, straps("sim:resting"), 0o664)
        board.run("systemctl", "reload", "edged.service")
        board.until(lambda: live(board))
        board.run("touch", HANGS)
        board.until(lambda: board.show("edged.service", "NRestarts") == "1", 15, "the watchdog bites")
        board.run("rm", HANGS)
        board.until(lambda: live(board))
        assert "the journal has not moved for 3 s" in board.log("edged.service")


def test_a_crash_loop_ends_in_safe_mode_and_the_page_is_up(board: Container) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    with board:
        board.until(lambda: live(board))
        for _ in range(30):
            if board.show("edged-safe.service", "ActiveState") == "active":
                break
            board.attempt("systemctl", "kill", "--signal=KILL", "edged.service")
            time.sleep(0.4)
        board.until(lambda: board.show("edged-safe.service", "ActiveState") == "active")
        board.until(
            lambda: (
                board.attempt(
                    "python3", "-c", "import urllib.request as r;r.urlopen('http://127.0.0.1:8080/healthz')"
                ).returncode
                == 0
            )
        )
        told = board.status()
        assert told["node"]["mode"] == "safe"
        assert "signal" in told["node"]["words"]["sentence"]
        assert "Safe mode." in board.show("edged-safe.service", "StatusText")
        board.run("systemctl", "start", "edged.service")
        board.until(lambda: live(board))
        assert board.show("edged-safe.service", "ActiveState") == "inactive"


def test_safe_mode_gives_the_daemon_another_try(board: Container) -> None:
    board.write(CONFIG, "[[[", 0o664)
    board.write(
        "/etc/systemd/system/edged-safe.service.d/test.conf",
        "[Service]\nExecStart=\n"
        "ExecStart=/opt/edged/current/bin/edged safe -c /etc/edged/edged.toml --for 3\n",
    )
    with board:
        board.until(lambda: "Safe mode." in board.show("edged-safe.service", "StatusText"))
        assert "edged.toml:1" in board.show("edged-safe.service", "StatusText")
        assert board.show("edged.service", "NRestarts") == "0", "a wrong file is not tried again and again"
        board.write(CONFIG, straps("sim:resting"), 0o664)
        board.until(lambda: live(board), what="after three seconds in safe mode, not ten minutes")
        board.until(lambda: board.show("edged-safe.service", "ActiveState") in {"inactive", "failed"})


@pytest.mark.parametrize(
    ("links", "more", "words"),
    [
        (["sim:resting"], '[uplink]\nurl = "mqtt://broker.arena:1883"\n', "Broker: No broker"),
        (["ble:C4:00:00:00:00:01"], "", "Bluetooth adapter: No Bluetooth."),
        (["serial:/dev/ttyUSB0"], "", "0 of 1 sources live. strap-1: Searching."),
    ],
    ids=["no network, no broker", "no adapter", "no port"],
)
def test_whatever_is_missing_it_is_ready_and_says_so(
    board: Container, links: list[str], more: str, words: str
) -> None:
    board.write(CONFIG, straps(*links, more=more), 0o664)
    with board:
        board.until(lambda: board.show("edged.service", "ActiveState") == "active", 15, "it is ready")
        board.until(lambda: words in board.show("edged.service", "StatusText"), 15, words)
        told = board.status()
        assert (told["node"]["clock"] == "unsynced") == (
            "Clock not set." in board.show("edged.service", "StatusText")
        )


def test_a_secret_comes_from_systemd(board: Container) -> None:
    secret = "s3cret-of-the-hall"  # noqa: S105  no secret of anybody: the test writes it and looks for it
    board.write("/etc/edged/credentials/mqtt-password", secret, 0o600)
    uplink = (
        '[uplink]\nurl = "mqtt://127.0.0.1:1883"\nusername = "edged"\npassword_file = "edged_mqtt-password"\n'
    )
    board.write(CONFIG, straps("sim:resting", more=uplink), 0o664)
    with board:
        board.until(lambda: live(board))
        broker = board.status()["broker"]
        assert broker["state"] == "unreachable", broker["words"]  # it was read; the broker is not there
        assert secret not in board.log("edged.service")
        pid = board.show("edged.service", "MainPID")
        assert secret not in board.run("sh", "-c", f"tr '\\0' '\\n' </proc/{pid}/environ")
