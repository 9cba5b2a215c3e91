"""A doctor whose findings the test sets."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edged.clock import ManualClock
from edged.config.model import Config
from edged.model import NS_PER_MS
from edged.ops.doctor.checkup import Checkup
from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.latest import KEPT_S, Latest
from edged.ops.doctor.patient import Patient
from tests.web.documents import UTC_MS

LONG: Final = "/dev/serial/by-id/usb-Arduino__www.arduino.cc__0043_75833353035351F0C1A2-if00"


class FakeDoctor:
    """Finds what it is told to, by the real machinery; its clock stands at the time of the documents."""

    def __init__(self, *findings: Finding) -> None:
        self.findings: Sequence[Finding] = findings
        self.asked = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self._clock = ManualClock(utc_ns=UTC_MS * NS_PER_MS)

    @property
    def latest(self) -> Latest:
        """What the page asks."""
        return Latest(Checkup(self._patient, {"all": self._check}), self._clock)

    def later(self) -> None:
        """Let so much time pass that it looks again when it is asked."""
        self._clock.move_to(self._clock.mono_ns() + round((KEPT_S + 1) * 1e9))

    def _patient(self) -> Patient:
        return Patient(self._clock, Config(), Path("edged.toml"))

    async def _check(self, _patient: Patient, /) -> Sequence[Finding]:
        self.asked += 1
        await self.may_go_on.wait()
        return self.findings


BROKEN: Final = (
    problem(
        "broker",
        "Broker certificate",
        "it is not for broker.hall: it is for mqtt.example, 192.0.2.7",
        where="mqtts://broker-with-a-long-name.arena.example:8883",
        mend="Use one of its names in uplink.url, or have the broker's administrator add this one.",
        subject="mqtt.example",
        issuer="Hall CA",
        valid_from="2025-11-01",
        valid_until="2026-11-01",
        days_left=340,
    ),
    problem(
        "serial",
        "Serial port",
        "the port of board-1 is not plugged in, or has another name",
        where=LONG,
        mend=f"Plug it in; `edged scan` shows what is there. Now there are: {LONG}.",
    ),
    warning(
        "storage",
        "Disk",
        "the journal may grow to 512 MB, for which 123 MB are missing",
        where="/var/lib/edged",
        mend="Make room, or lower journal.max_size_mb to 389.",
        device="mmcblk0p2",
        free_mb=439,
        size_mb=30_987,
        free_inodes=1_923_456,
        errors=0,
    ),
    well(
        "bluetooth",
        "Bluetooth adapter",
        "it is on",
        where="hci0",
        address="00:1A:7D:DA:71:13",
        bus="usb",
        slots=5,
    ),
    well("clock", "Clock", "the date is plausible", utc="2025-11-21 14:03:22 UTC", battery_backed=False),
    well(
        "configuration", "Configuration", "it is right", where="/etc/edged/edged.toml", sources=4, subjects=4
    ),
    well(
        "temperature",
        "Temperature",
        "it is 48 \N{DEGREE SIGN}C",
        where="cpu-thermal",
        temperature_c=48.3,
        limit_c=85.0,
    ),
    not_here("power", "Power", "this board does not tell of its voltage"),
)
