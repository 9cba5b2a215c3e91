"""The checks by name, and all of them run side by side: one that hangs or fails is a finding itself."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol, cast

from edged.clock import time_limit
from edged.errors import EdgedError
from edged.log import log_event
from edged.messages import CHECK_FAILED
from edged.model import NS_PER_S
from edged.ops.doctor.finding import LEVELS, Finding, Report, failed, in_order, not_here, problem
from edged.ops.doctor.patient import ConfigUnknown, Patient
from edged.publish.payload import time_text
from edged.sources import registry

CHECKS: Final[Mapping[str, str]] = {
    "configuration": "edged.ops.doctor.configuration:check_configuration",
    "service": "edged.ops.doctor.service:check_service",
    "permissions": "edged.ops.doctor.permissions:check_permissions",
    "bluetooth": "drivers.ble.checkup:check_bluetooth",
    "serial": "drivers.serial.checkup:check_serial",
    "broker": "edged.ops.doctor.broker:check_broker",
    "journal": "edged.ops.doctor.journal:check_journal",
    "storage": "edged.ops.doctor.storage:check_storage",
    "clock": "edged.ops.doctor.clock:check_clock",
    "power": "edged.ops.doctor.power:check_power",
    "temperature": "edged.ops.doctor.temperature:check_temperature",
}
"""Name to check, as they are told; packages add theirs by the entry-point group ``edged.checks``."""

LIMIT_S: Final = 20.0
_GROUP: Final = "edged.checks"
_LOOK: Final = "`journalctl -u edged` may tell more."
_log: Final = logging.getLogger(__name__)


class Check(Protocol):
    """What a registry entry names: a coroutine function that looks at one thing.

    What blocks, it runs in ``patient.threads``; what it finds it says in findings of its name.
    """

    async def __call__(self, patient: Patient, /) -> Sequence[Finding]:
        """Return what was found, at least one thing.

        Raises:
            ConfigUnknown: it needs the configuration, which cannot be read.
            EdgedError: it cannot look, and why.
        """


class Checkup:
    """Examines a node, as often as asked to.

    Args:
        patient: gives what to look at, as it is now.
        checks: by name; None stands for all there are.
        limit_s: so long a check may take.
    """

    def __init__(
        self,
        patient: Callable[[], Patient],
        checks: Mapping[str, Check] | None = None,
        *,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._patient = patient
        self._checks = checks
        self._limit_s = limit_s

    async def examine(self, only: Collection[str] = ()) -> Report:
        """Run all checks, or those that are named, and return what they found."""
        patient = self._patient()
        started_ns = patient.clock.mono_ns()
        names = [name for name in self._names() if not only or name in only]
        found = await asyncio.gather(*(self._run(name, patient) for name in names))
        findings = in_order(finding for each in found for finding in each)
        return Report(
            level=min((each.level for each in findings), key=LEVELS.index, default="not_applicable"),
            utc=time_text(patient.clock.utc_ns()),
            took_s=round((patient.clock.mono_ns() - started_ns) / NS_PER_S, 3),
            findings=findings,
        )

    def _names(self) -> list[str]:
        return known_checks() if self._checks is None else list(self._checks)

    async def _check(self, name: str, patient: Patient) -> Check:
        """Return a check, imported in a thread, since that takes longer than a live value may wait."""
        if self._checks is not None:
            return self._checks[name]
        return await patient.threads.run(f"import of {name}", lambda: find_check(name))

    async def _run(self, name: str, patient: Patient) -> Sequence[Finding]:
        title = name.capitalize()
        try:
            async with time_limit(patient.clock, self._limit_s):
                check = await self._check(name, patient)
                return await check(patient)
        except ConfigUnknown:
            return [not_here(name, title, "it cannot be told while the configuration cannot be read")]
        except TimeoutError:
            return [
                problem(
                    name,
                    title,
                    f"this check has not come to an end within {self._limit_s:g} s",
                    mend="What it asks does not answer: `dmesg` may tell more; or restart the board.",
                )
            ]
        except EdgedError as error:
            return [failed(name, title, error, mend=_LOOK)]
        except Exception as error:  # noqa: BLE001  whatever it is, the other checks are told of
            log_event(_log, CHECK_FAILED, error=error, check=name)
            return [
                problem(
                    name,
                    title,
                    f"this check failed itself: {type(error).__name__}: {error}",
                    mend="Look yourself at what it looks at, and report this as a mistake of edged.",
                )
            ]


def known_checks() -> list[str]:
    """Return the name of every check, ours first."""
    others = [name for name in registry.names(CHECKS, _GROUP) if name not in CHECKS]
    return [*CHECKS, *others]


def find_check(name: str) -> Check:
    """Return a check.

    Raises:
        DriverError: there is none of that name, or it cannot be loaded.
    """
    return cast("Check", registry.load(name, table=CHECKS, group=_GROUP, kind="check"))
