"""The package: installed, upgraded, downgraded, removed and purged, on a board without network."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.nspawn.configs import HEAD, straps
from tests.nspawn.conftest import install
from tests.nspawn.container import Container
from tests.rigs import debian

CONFIG = "/etc/edged/edged.toml"
QUERY = (
    "import sqlite3; db = sqlite3.connect('file:/var/lib/edged/edged.db?mode=ro', uri=True);"
    "print(db.execute('SELECT value FROM meta WHERE key = \"epoch\"').fetchone()[0],"
    " db.execute('SELECT max(id) FROM record').fetchone()[0], db.execute('PRAGMA quick_check').fetchone()[0])"
)


def live(board: Container) -> bool:
    return "1 of 1 sources live." in board.show("edged.service", "StatusText")


def variant(package: Path, version: str, edits: Mapping[str, debian.Edit] | None = None, **more: str) -> Path:
    return debian.variant(package, version, edits or {}, **more)


def journal(board: Container) -> tuple[str, int, str]:
    epoch, head, check = board.run("python3", "-c", QUERY).split()
    return epoch, int(head), check


def files(board: Container) -> set[str]:
    return set(board.attempt("find", "/etc", "/opt", "/usr", "-xdev").stdout.splitlines())


def deployed(board: Container) -> str:
    return board.run("readlink", "/opt/edged/current").partition("-")[0]


def test_installed_from_nothing_it_runs_and_purged_it_leaves_nothing(fresh: Container, package: Path) -> None:
    board = fresh
    before = files(board)
    install(board, package)
    assert board.show("edged.service", "ActiveState") == "active", "it runs at once"
    assert board.run("systemctl", "is-enabled", "edged.service") == "enabled"
    assert "No sources configured." in board.show("edged.service", "StatusText")
    assert board.run("edged", "--version") == "edged, version 0.1.0"
    assert board.run("stat", "-c", "%U:%G %a", CONFIG) == "root:edged 660"
    assert board.run("stat", "-c", "%a", "/etc/edged/credentials") == "700"
    assert "password =" not in board.read(CONFIG)
    sources = straps("sim:resting").removeprefix(HEAD)
    board.write(CONFIG, board.read(CONFIG) + sources, 0o660)
    board.run("systemctl", "reload", "edged.service")
    board.until(lambda: live(board))

    board.run("dpkg", "--remove", "edged")
    assert not board.path("/opt/edged").exists()
    assert "strap-1" in board.read(CONFIG), "removed, it leaves its configuration"
    assert journal(board)[1] > 0, "and what was recorded"
    assert board.attempt("systemctl", "is-enabled", "edged.service").returncode != 0

    board.run("dpkg", "--purge", "edged")
    after = files(board)
    accounts = {
        f"/etc/{name}{more}" for name in ("passwd", "group", "shadow", "gshadow") for more in ("-", "")
    }
    assert after - before - accounts == set()
    for path in ("/var/lib/edged", "/etc/edged", "/opt/edged", "/run/edged"):
        assert not board.path(path).exists(), path
    assert board.attempt("getent", "passwd", "edged").returncode != 0


def test_an_upgrade_keeps_everything_and_a_downgrade_works(board: Container, package: Path) -> None:
    board.write(CONFIG, straps("sim:resting") + "# a remark of the technician\n", 0o664)
    newer = variant(package, "0.1.1")
    with board:
        board.until(lambda: live(board))
        board.until(lambda: board.status()["journal"]["head"] >= 3)
        text, (epoch, head, _) = board.read(CONFIG), journal(board)
        install(board, newer)
        assert deployed(board) == "0.1.1"
        board.until(lambda: live(board))
        assert board.status()["node"]["software"] == "0.1.1"
        assert board.read(CONFIG) == text
        board.until(lambda: board.status()["journal"]["head"] > head)
        assert journal(board)[0] == epoch
        assert journal(board)[2] == "ok"

        install(board, package)
        assert deployed(board) == "0.1.0"
        board.until(lambda: live(board))
        assert journal(board)[0] == epoch
        assert board.run("readlink", "/opt/edged/previous").startswith("0.1.1-")


def test_an_upgrade_that_does_not_start_is_rolled_back(board: Container, package: Path) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    broken = variant(
        package,
        "0.1.2",
        {
            "edged/service.py": lambda text: text.replace(
                "import asyncio\n", "import asyncio\nraise SystemExit(3)\n", 1
            )
        },
    )
    with board:
        board.until(lambda: live(board))
        target = board.path("/root/broken.deb")
        target.write_bytes(broken.read_bytes())
        failed = board.attempt("dpkg", "--install", "/root/broken.deb", timeout_s=120)
        assert failed.returncode != 0
        assert "does not start; gone back to 0.1.0" in failed.stderr
        assert deployed(board) == "0.1.0"
        board.until(lambda: live(board), what="the old version streams again")
        assert board.status()["node"]["software"] == "0.1.0"
        install(board, package)
        assert "install ok installed" in board.run("dpkg", "--status", "edged")


def test_a_downgrade_that_could_not_read_the_journal_is_refused(board: Container, package: Path) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    newer = variant(
        package,
        "0.2.0",
        {"edged/store/schema/0002.sql": lambda _text: "CREATE TABLE remark (text TEXT NOT NULL);\n"},
        schema="2",
    )
    with board:
        board.until(lambda: live(board))
        install(board, newer)
        board.until(lambda: live(board))
        target = board.path("/root/older.deb")
        target.write_bytes(package.read_bytes())
        refused = board.attempt("dpkg", "--install", "/root/older.deb", timeout_s=120)
        assert refused.returncode != 0
        assert "/var/lib/edged/edged.db was written by a newer edged: it has schema 2" in refused.stderr
        assert deployed(board) == "0.2.0"
        assert live(board), "the newer one has not even been stopped"
        assert board.show("edged.service", "NRestarts") == "0"


def test_a_configuration_from_the_boot_partition(board: Container) -> None:
    board.write("/boot/firmware/edged.toml", straps("sim:stress").replace("\n", "\r\n"))
    with board:
        board.until(lambda: live(board), what="it is taken before the daemon starts")
        assert board.status()["node"]["node"] == "board-1"
        assert not board.path("/boot/firmware/edged.toml").exists()
        assert "sim:stress" in board.read("/boot/firmware/edged.toml.applied")
        assert board.run("stat", "-c", "%G %a", CONFIG) == "edged 660"


@pytest.mark.parametrize("wrong", ["[[[", '[node]\nname = "Board 1"\n'])
def test_a_wrong_one_there_changes_nothing_and_says_why(board: Container, wrong: str) -> None:
    board.write(CONFIG, straps("sim:resting"), 0o664)
    board.write("/boot/firmware/edged.toml", wrong)
    with board:
        board.until(lambda: live(board))
        assert "edged.toml:" in board.read("/boot/firmware/edged.toml.error.txt")
        assert board.read("/boot/firmware/edged.toml") == wrong
        assert "edged.toml:" in board.log("edged-firstboot.service")
