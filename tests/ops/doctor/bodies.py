"""Boards to look over, laid out in a folder; what is not laid out is not there."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edged.clock import Clock, ManualClock, SystemClock
from edged.config.model import Config
from edged.model import NS_PER_S
from edged.ops.doctor.account import Account
from edged.ops.doctor.checkup import find_check
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.patient import Patient

UTC_2026: Final = 1_780_000_000 * NS_PER_S
NOBODY: Final = Account("nobody", 65534, frozenset({65534}))


def patient(folder: Path, clock: Clock | None = None, config: Any = None, **more: Any) -> Patient:
    """Return a node whose journal, ``/sys`` and ``/proc`` are in a folder.

    Args:
        folder: empty, but for what the test has put there.
        clock: as it is; else the real one.
        config: beside the journal.
        more: of the patient.
    """
    (folder / "state").mkdir(exist_ok=True)
    known = Config.model_validate({"journal": {"path": folder / "state/edged.db"}} | (config or {}))
    made = Patient(clock or SystemClock(), known, root=folder, environment={"PATH": os.environ["PATH"]})
    return replace(made, **more)


def write(file: Path, text: str) -> Path:
    """Write a file as the kernel does, with its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n", encoding="ascii")
    return file


async def looked(name: str, patient: Patient) -> list[Finding]:
    """Return what one check finds."""
    found = list(await find_check(name)(patient))
    assert found, "a check that has nothing to say"
    assert {each.check for each in found} == {name}
    assert all(each.mend for each in found if each.level in {"problem", "warning"}), "no mend"
    return found


async def only(name: str, patient: Patient) -> Finding:
    """Return the one thing that a check finds."""
    (found,) = await looked(name, patient)
    return found


def manual(utc_ns: int = UTC_2026, **more: Any) -> ManualClock:
    """Return a clock that stands still in 2026, or at another time."""
    return ManualClock(utc_ns=utc_ns, **more)
