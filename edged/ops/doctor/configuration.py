"""The configuration: readable, right, what runs, and not readable for others where it holds a secret."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_IROTH
from typing import Final

from edged.config.model import Config
from edged.config.toml import load
from edged.errors import ConfigError
from edged.ops import telemetry
from edged.ops.doctor.finding import Finding, failed, not_here, warning, well
from edged.ops.doctor.patient import Patient
from edged.sources.check import wrong_sources

CHECK: Final = "configuration"
_TITLE: Final = "Configuration"


async def check_configuration(patient: Patient) -> Sequence[Finding]:
    """Read the file anew, make its drivers, and compare it with what runs."""
    if patient.file is None:
        return [not_here(CHECK, _TITLE, "this node was not started from a file")]
    file = patient.file
    return await patient.threads.run(CHECK, lambda: _look(patient, file))


def _look(patient: Patient, file: Path) -> list[Finding]:
    try:
        config = load(file)
        if config.telemetry.otlp_url is not None:
            telemetry.require(file)
    except ConfigError as error:
        return [failed(CHECK, _TITLE, error, mend="`edged config example` prints one that is right.")]
    wrong = [
        failed(CHECK, _TITLE, error, mend="docs/drivers.md has them all.")
        for error in wrong_sources(config, file)
    ]
    found = [*wrong, *_weak(patient, config, file)]
    if any(each.level == "problem" for each in found):
        return found
    numbers: dict[str, int] = {"sources": len(config.source), "subjects": len(config.subject)}
    return [*found, well(CHECK, _TITLE, "it is right", where=str(file), **numbers)]


def _weak(patient: Patient, config: Config, file: Path) -> Iterator[Finding]:
    if not config.source:
        yield warning(
            CHECK,
            "Sources",
            "no source is configured: nothing is measured",
            where=str(file),
            mend="`edged scan` shows what is around; add a [[source]] for each.",
        )
    if patient.is_running and config != patient.known:
        yield warning(
            CHECK,
            "Configuration in use",
            "the file says something else than what runs",
            where=str(file),
            mend="`systemctl reload edged` applies it.",
        )
    if _holds_secret(config) and file.stat().st_mode & S_IROTH:
        yield warning(
            CHECK,
            "Passwords",
            "there is a password in it, and everybody on this board may read the file",
            where=str(file),
            mend=f"`chmod o= {file}` keeps others out.",
        )


def _holds_secret(config: Config) -> bool:
    return config.uplink is not None and config.uplink.password is not None
