"""The doctor on a board with systemd: from within the daemon's sandbox, and by root beside it."""

import json
from typing import Any, Final

from tests.nspawn.configs import straps
from tests.nspawn.container import Container

CONFIG: Final = "/etc/edged/edged.toml"
HEALTH: Final = (
    "import json, urllib.request as r;"
    "print(json.dumps(json.load(r.urlopen('http://127.0.0.1:8080/api/v1/health', timeout=30))))"
)
WELL: Final = "[web]\nport = 8080\n"


def page(board: Container) -> dict[str, dict[str, Any]]:
    """Return what the daemon finds, by title."""
    return by_title(json.loads(board.run("python3", "-c", HEALTH)))


def root(board: Container, *more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return what root is told beside it: the exit status, and the findings by title."""
    done = board.attempt("/opt/edged/current/bin/edged", "doctor", "-c", CONFIG, "--json", *more)
    return done.returncode, by_title(json.loads(done.stdout))


def by_title(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["title"]: finding for finding in report["findings"]}


def test_a_board_that_is_well_then_stopped_then_wrong(board: Container) -> None:
    board.write(CONFIG, straps("sim:resting", more=WELL), 0o664)
    with board:
        board.until(lambda: "1 of 1" in board.show("edged.service", "StatusText"))
        inside = page(board)
        for title in ("Service", "Configuration", "Permissions", "Journal", "Disk"):
            assert inside[title]["level"] == "ok", inside[title]
        assert inside["Service"]["what"] == "it runs, and starts with the board"
        assert inside["Permissions"]["facts"] == {"user": "edged"}

        status, beside = root(board)
        assert status == 0, beside
        assert beside["Permissions"]["facts"] == {"user": "edged"}, "root looks with the eyes of edged"
        assert (beside["Page"]["level"], beside["Service"]["level"]) == ("ok", "ok")
        assert beside["Bluetooth"]["level"] == "not_applicable"

        board.run("chmod", "0660", CONFIG)
        board.run("systemctl", "stop", "edged.service")
        board.run("systemctl", "disable", "edged.service")
        status, beside = root(board, "--only", "service", "--only", "permissions")
        assert status == 1
        assert beside["Service"]["mend"] == "`sudo systemctl start edged`."
        assert beside["Service at the start"]["mend"] == "`sudo systemctl enable edged` changes that."
        assert beside["Configuration file"]["mend"] == (
            f"`chgrp edged {CONFIG}` and `chmod 0660 {CONFIG}` let edged in."
        )
        assert beside["Page"]["level"] == "warning"

        board.run("chmod", "0664", CONFIG)
        board.run("sh", "-c", f"echo 'sit = 1' >> {CONFIG}")
        board.attempt("systemctl", "start", "edged.service")
        board.until(lambda: board.show("edged-safe.service", "ActiveState") == "active")
        status, beside = root(board, "--only", "service", "--only", "configuration")
        assert status == 1
        assert beside["Service"]["what"] == "edged does not run: its configuration is wrong"
        assert beside["Configuration"]["level"] == "problem"
        board.until(lambda: "the page listens on http" in board.log("edged-safe.service"))
        assert page(board)["Configuration"]["what"] == beside["Configuration"]["what"]
