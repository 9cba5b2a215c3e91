"""Upgrades that do not go as they should, and machines that are not as they should be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nspawn.configs import straps
from tests.nspawn.conftest import install
from tests.nspawn.container import Container
from tests.rigs import debian

CONFIG = "/etc/edged/edged.toml"
JOURNAL = "/var/lib/edged/edged.db"
GAP_S = 10.0
SCHEMA_2 = {"edged/store/schema/0002.sql": lambda _text: "CREATE TABLE remark (text TEXT NOT NULL);\n"}
NEVER_READY = {
    "edged/service.py": lambda text: text.replace(
        "            self._notifier.ready()", "            raise SystemExit(3)"
    )
}
QUERY = (
    "import sqlite3; db = sqlite3.connect('file:{}?mode=ro', uri=True); print(db.execute('{}').fetchone()[0])"
)
SET_CURSOR = (
    "import sqlite3; db = sqlite3.connect('/var/lib/edged/edged.db');"
    "db.execute('INSERT OR REPLACE INTO cursor VALUES (?, 2)', ('main',)); db.commit()"
)


def live(board: Container) -> bool:
    return "1 of 1 sources live." in board.show("edged.service", "StatusText")


def deployed(board: Container) -> str:
    return board.run("readlink", "/opt/edged/current").partition("-")[0]


def asked(board: Container, sql: str, journal: str = JOURNAL) -> str:
    return board.run("python3", "-c", QUERY.format(journal, sql))


def attempt(board: Container, package: Path) -> str:
    """Install what cannot be installed; return what dpkg said."""
    board.path(f"/root/{package.name}").write_bytes(package.read_bytes())
    failed = board.attempt("dpkg", "--install", f"/root/{package.name}", timeout_s=180)
    assert failed.returncode != 0
    return failed.stderr


def test_who_has_disabled_it_meant_it(board: Container, package: Path) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    with board:
        board.until(lambda: live(board))
        board.run("systemctl", "disable", "--now", "edged.service")
        install(board, debian.variant(package, "0.1.1", {}))
        assert deployed(board) == "0.1.1"
        assert board.show("edged.service", "ActiveState") == "inactive"
        assert board.attempt("systemctl", "is-enabled", "edged.service").stdout.strip() == "disabled"
        board.run("systemctl", "enable", "--now", "edged.service")
        board.until(lambda: live(board))
        assert board.run("edged-deploy", "rollback").startswith("edged 0.1.0-")
        board.until(lambda: live(board), what="gone back by hand, it streams")
        assert board.status()["node"]["software"] == "0.1.0"


@pytest.mark.field
def test_the_cursor_goes_on_and_measuring_hardly_stops(
    board: Container, package: Path, record_property: Callable[[str, object], None]
) -> None:
    uplink = '[uplink]\nurl = "mqtt://127.0.0.1:1883"\n'
    board.write(CONFIG, straps("sim:resting", more=uplink), 0o664)
    with board:
        board.until(lambda: board.status()["journal"]["head"] > 3)
        board.run("systemctl", "stop", "edged.service")
        board.run("python3", "-c", SET_CURSOR)
        board.run("systemctl", "start", "edged.service")
        board.until(lambda: live(board))
        install(board, debian.variant(package, "0.1.1", {}))
        board.until(lambda: live(board))
        board.until(lambda: asked(board, "SELECT count(DISTINCT boot) FROM record") == "1")
        assert asked(board, 'SELECT id FROM cursor WHERE uplink = "main"') == "2"
        began, ended = (
            float(
                board.run(
                    "sh",
                    "-c",
                    f"journalctl -o short-unix -u edged.service | grep '{said}' | tail -1 | cut -d' ' -f1",
                )
            )
            for said in ("Stopping edged", "the page listens on http")
        )
        record_property("upgrade_gap_s", ended - began)
        assert 0 < ended - began < GAP_S


@pytest.mark.field
def test_a_journal_that_a_failed_version_has_converted_is_kept_and_recording_goes_on(
    board: Container, package: Path
) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    broken = debian.variant(package, "0.2.0", {**SCHEMA_2, **NEVER_READY}, schema="2")
    with board:
        board.until(lambda: board.status()["journal"]["head"] > 3)
        epoch = asked(board, 'SELECT value FROM meta WHERE key = "epoch"')
        said = attempt(board, broken)
        assert "does not start; gone back to 0.1.0-" in said
        assert f"it is kept as {JOURNAL}.schema-2-1, and a new one has begun" in said
        board.until(lambda: live(board))
        board.until(lambda: board.status()["journal"]["head"] > 0)
        assert asked(board, "PRAGMA user_version") == "1"
        kept = f"{JOURNAL}.schema-2-1"
        assert not board.path(f"{kept}-wal").exists(), "all of it is in one file"
        assert asked(board, 'SELECT value FROM meta WHERE key = "epoch"', kept) == epoch
        assert asked(board, "PRAGMA quick_check", kept) == "ok"
        again = board.attempt("dpkg", "--configure", "--pending", timeout_s=180)
        assert again.returncode != 0, "the same version does not start the second time either"
        assert deployed(board) == "0.1.0"
        board.until(lambda: live(board))


@pytest.mark.field
def test_a_wrong_configuration_keeps_nobody_from_upgrading(board: Container, package: Path) -> None:
    board.write(CONFIG, "[[[", 0o664)
    with board:
        board.until(lambda: board.show("edged-safe.service", "ActiveState") == "active")
        install(board, debian.variant(package, "0.1.1", {}))
        assert deployed(board) == "0.1.1"
        board.until(lambda: board.show("edged-safe.service", "ActiveState") == "active")
        board.write(CONFIG, straps("sim:resting"), 0o664)
        board.run("systemctl", "restart", "edged.service")
        board.until(lambda: live(board))


@pytest.mark.field
def test_the_power_goes_when_dpkg_has_unpacked_and_not_configured(board: Container, package: Path) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    newer = debian.variant(package, "0.1.1", {})
    with board:
        board.until(lambda: live(board))
        board.path("/root/newer.deb").write_bytes(newer.read_bytes())
        board.run("dpkg", "--unpack", "/root/newer.deb")
        board.run("systemctl", "restart", "edged.service")
        board.until(lambda: live(board), what="the old version runs")
        assert board.status()["node"]["software"] == "0.1.0"
        board.run("dpkg", "--configure", "--pending", timeout_s=180)
        board.until(lambda: live(board))
        assert board.status()["node"]["software"] == "0.1.1"
