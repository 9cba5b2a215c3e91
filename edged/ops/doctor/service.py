"""The service: whether systemd runs it, and whether its page answers."""

import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edged.config.model import WebConfig
from edged.errors import TransientError
from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.patient import Patient
from edged.ops.systemd import RESULTS

CHECK: Final = "service"
UNIT: Final = "edged.service"
SAFE_UNIT: Final = "edged-safe.service"
_TITLE: Final = "Service"
_ASKED: Final = ("LoadState", "ActiveState", "UnitFileState", "Result", "NRestarts", "ExecMainStatus")
_TIMEOUT_S: Final = 5.0
_MANY_RESTARTS: Final = 3
_WRONG_CONFIGURATION: Final = "78"


async def check_service(patient: Patient) -> Sequence[Finding]:
    """Ask systemd how the unit is, and the page whether it answers."""
    return await patient.threads.run(CHECK, lambda: list(_look(patient)))


def _look(patient: Patient) -> Iterator[Finding]:
    if not (patient.root / "run/systemd/system").is_dir():
        yield not_here(CHECK, _TITLE, "this board is not run by systemd")
    else:
        daemon, safe = ask_systemd((UNIT, SAFE_UNIT), patient.environment)
        yield from findings_of(daemon, is_safe=safe.get("ActiveState") == "active")
    web = patient.known.web if patient.known else None
    if web is not None and web.enabled and web.port and not patient.is_running:
        yield _page(web)


def ask_systemd(units: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[dict[str, str]]:
    """Return of each unit the properties that say how it is.

    Raises:
        TransientError: systemd does not answer.
    """
    mend = "`systemctl status edged` tells more. If that does not answer either, restart the board."
    systemctl = shutil.which("systemctl", path=environment.get("PATH"))
    if systemctl is None:
        raise TransientError("there is no program systemctl", mend="Install systemd again.")
    command = [systemctl, "show", *units, f"--property={','.join(_ASKED)}"]
    try:
        told = subprocess.run(  # noqa: S603  no shell, and each word of the command is a literal of this file
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True, env=dict(environment)
        )
    except subprocess.TimeoutExpired as error:
        raise TransientError("systemd does not answer", mend=mend) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().partition("\n")[0].rstrip(".")
        raise TransientError(f"systemd does not answer: {said}", mend=mend) from error
    blocks = told.stdout.strip().split("\n\n")
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]


def findings_of(told: Mapping[str, str], *, is_safe: bool = False) -> Iterator[Finding]:
    """Yield what systemd's properties of the daemon's unit mean (org.freedesktop.systemd1(5)).

    Args:
        told: name to value, as ``systemctl show`` has them.
        is_safe: whether safe mode runs in the daemon's place; then systemd calls that stopped in order.
    """
    if told.get("LoadState") == "not-found":
        yield not_here(
            CHECK, _TITLE, "edged is not installed as a service: `edged install-service` does that"
        )
        return
    state, restarts = told.get("ActiveState", ""), int(told.get("NRestarts", "0"))
    wrong = list(_wrong(told, "failed" if is_safe else state, restarts))
    yield from wrong or [well(CHECK, _TITLE, "it runs, and starts with the board", restarts=restarts)]


def _wrong(told: Mapping[str, str], state: str, restarts: int) -> Iterator[Finding]:
    if state == "failed":
        if told.get("ExecMainStatus") == _WRONG_CONFIGURATION:
            why, mend = "its configuration is wrong", "`edged check -c /etc/edged/edged.toml` says where."
        else:
            why = RESULTS.get(told.get("Result", ""), "it ended with an error")
            mend = "`journalctl -u edged -e` tells why; then `sudo systemctl start edged`."
        yield problem(CHECK, _TITLE, f"edged does not run: {why}", where=UNIT, mend=mend)
    elif state not in {"active", "activating", "reloading", "deactivating"}:
        yield problem(
            CHECK,
            _TITLE,
            "edged does not run: it was stopped",
            where=UNIT,
            mend="`sudo systemctl start edged`.",
        )
    if told.get("UnitFileState") == "disabled":
        yield warning(
            CHECK,
            "Service at the start",
            "edged does not start with the board",
            where=UNIT,
            mend="`sudo systemctl enable edged` changes that.",
        )
    if state != "failed" and restarts >= _MANY_RESTARTS:
        yield warning(
            CHECK,
            _TITLE,
            f"edged has ended by itself {restarts} times since it was last started",
            where=UNIT,
            mend="`journalctl -u edged -p warning` tells why.",
            restarts=restarts,
        )


def _page(web: WebConfig) -> Finding:
    where = f"http://{f'[{web.host}]' if ':' in web.host else web.host}:{web.port}/"
    connection = http.client.HTTPConnection(web.host, web.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        is_ours = answer.status == 200 and b'"alive"' in answer.read(200)
    except ConnectionRefusedError:
        return warning(
            CHECK,
            "Page",
            "nobody answers there: edged does not run, or its page is elsewhere",
            where=where,
            mend="`systemctl status edged` tells whether it runs.",
        )
    except TimeoutError:
        return problem(
            CHECK,
            "Page",
            f"it takes the connection, but does not answer within {_TIMEOUT_S:g} s",
            where=where,
            mend="edged hangs: `sudo systemctl restart edged`.",
        )
    except (OSError, http.client.HTTPException):
        is_ours = False
    finally:
        connection.close()
    if is_ours:
        return well(CHECK, "Page", "it answers", where=where)
    return problem(
        CHECK,
        "Page",
        f"another program than edged has port {web.port}",
        where=where,
        mend=f"`sudo ss -ltnp 'sport = :{web.port}'` shows which; stop it, or choose another web.port.",
    )
