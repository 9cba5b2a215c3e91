"""The log and the local socket under a real systemd, from within the sandbox."""

import json
import stat

from edged.messages import NODE_READY, SOURCE_LOST
from tests.nspawn.configs import straps
from tests.nspawn.container import Container
from tests.nspawn.test_doctor import CONFIG, WELL

EDGED = "/opt/edged/current/bin/edged"
SOCKET = "/run/edged/edged.sock"


def test_messages_by_id_their_mend_and_the_status(board: Container) -> None:
    board.write(CONFIG, straps("sim:resting", "tcp://127.0.0.1:1", more=WELL), 0o664)
    with board:
        board.until(lambda: "1 of 2" in board.show("edged.service", "StatusText"))
        found = board.run("journalctl", "-o", "json", f"MESSAGE_ID={SOURCE_LOST.id}")
        lost = json.loads(found.splitlines()[0])
        assert (lost["_SYSTEMD_UNIT"], lost["PRIORITY"], lost["_TRANSPORT"]) == (
            "edged.service",
            "4",
            "journal",
        )
        assert lost["EDGED_SOURCE"].startswith("strap")
        board.until(lambda: board.run("journalctl", "-o", "cat", "-q", f"MESSAGE_ID={NODE_READY.id}"))
        explained = board.run("journalctl", "-x", "--no-pager", f"MESSAGE_ID={SOURCE_LOST.id}")
        assert SOURCE_LOST.mend.split(":")[0] in " ".join(explained.replace("░", "").split())

        mode, owner, group = board.run("stat", "-c", "%f %U %G", SOCKET).split()
        assert (stat.S_IMODE(int(mode, 16)), owner, group) == (0o660, "edged", "edged")
        shown = board.attempt(EDGED, "status")
        assert shown.returncode == 1
        assert "Live" in shown.stdout
        assert "Check that the device is switched on" in shown.stdout

        board.run("systemctl", "stop", "edged.service")
        stopped = board.attempt(EDGED, "status")
        assert stopped.returncode == 2
        assert "`systemctl status edged`" in stopped.stderr
