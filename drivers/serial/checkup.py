"""Whether the serial ports of the configuration can be opened: there, allowed, free, of a name that stays."""

import os
from collections.abc import Iterator, Mapping, Sequence
from os.path import realpath
from pathlib import Path
from typing import Final

from drivers.serial.holders import holders
from drivers.serial.ports import Port, list_ports
from drivers.serial.settings import Settings, port_link
from edged.errors import DriverError
from edged.ops.doctor.account import group_name
from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.patient import Patient
from edged.sources.link import LinkUrl, scheme_of

CHECK: Final = "serial"
_TITLE: Final = "Serial port"
_GROUP_RW: Final = 0o060
_OURS: Final = "edged ("
_NUMBERED: Final = ("/dev/ttyUSB", "/dev/ttyACM")
_RULES: Final = "Install the udev rules, as docs/serial.md says."


async def check_serial(patient: Patient) -> Sequence[Finding]:
    """Look at each port that a source names; none is opened, which would restart many a board."""
    paths = _paths(patient)
    if not paths:
        return [not_here(CHECK, _TITLE, "no source uses a serial port")]
    return await patient.threads.run(CHECK, lambda: list(_look(patient, paths)))


def _paths(patient: Patient) -> dict[str, str]:
    """Return source to path; of a wrong link the check of the configuration says so."""
    paths = {}
    for source in patient.config.source:
        if scheme_of(source.link) == "serial":
            try:
                paths[source.name] = Settings.parse(LinkUrl.parse(source.link)).path
            except DriverError:
                continue
    return paths


def _look(patient: Patient, paths: Mapping[str, str]) -> Iterator[Finding]:
    ports = {port.device: port for port in list_ports(patient.root / "dev", patient.sys)}
    devices = {source: realpath(path) for source, path in paths.items()}
    users = holders(devices.values(), patient.proc)
    for source, path in paths.items():
        if not Path(path).exists():
            yield _missing(source, path, ports)
            continue
        device = devices[source]
        others = [user for user in users.get(device, ()) if not user.startswith(_OURS)]
        stable = ports[device].path if device in ports else path
        found = [
            *_allowed(patient, source, device),
            *_free(source, device, others),
            *_named(source, path, stable),
        ]
        yield from found or [well(CHECK, _TITLE, f"it is there for {source}", where=path, device=device)]


def _missing(source: str, path: str, ports: Mapping[str, Port]) -> Finding:
    there = ", ".join(sorted(port.path for port in ports.values())) or "none"
    return problem(
        CHECK,
        _TITLE,
        f"the port of {source} is not plugged in, or has another name",
        where=path,
        mend=f"Plug it in; `edged scan` shows what is there. Now there are: {there}.",
    )


def _allowed(patient: Patient, source: str, device: str) -> Iterator[Finding]:
    account = patient.account
    if account.may(Path(device), os.R_OK | os.W_OK):
        return
    told = Path(device).stat()
    group = group_name(told.st_gid)
    helps = told.st_mode & _GROUP_RW == _GROUP_RW and told.st_gid not in {0, *account.gids}
    yield problem(
        CHECK,
        "Serial permission",
        f"the user {account.name} may not open the port of {source}",
        where=device,
        mend=f"`sudo usermod -aG {group} {account.name}`, then `sudo systemctl restart edged`."
        if helps
        else _RULES,
        user=account.name,
        group=group,
    )


def _free(source: str, device: str, others: Sequence[str]) -> Iterator[Finding]:
    if others:
        manages_modems = any(user.startswith("ModemManager") for user in others)
        yield problem(
            CHECK,
            _TITLE,
            f"another program has the port of {source} open: {', '.join(others)}",
            where=device,
            mend=f"It takes every new port for a modem. {_RULES}"
            if manages_modems
            else "Stop that program, or give edged another port.",
        )


def _named(source: str, path: str, stable: str) -> Iterator[Finding]:
    if path.startswith(_NUMBERED):
        is_better = not stable.startswith(_NUMBERED) and Path(stable) != Path(realpath(path))
        better = f"Write {port_link(stable)} instead." if is_better else _RULES
        yield warning(
            CHECK,
            _TITLE,
            f"the port of {source} is named by its number, which another device may have after a replug",
            where=path,
            mend=better,
        )
