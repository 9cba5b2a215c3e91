"""What is wrong with this board, and the mend."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edged.cli.terminal import config_option, json_option, until_told
from edged.errors import ConfigError

if TYPE_CHECKING:
    from edged.config.model import Config
    from edged.ops.doctor.finding import Report

_COULD_NOT = 2
"""As click has it for an option that is wrong."""
_COLOURS = {"problem": "red", "warning": "yellow", "ok": "green", "not_applicable": "bright_black"}
_ICONS = {"problem": "\N{BALLOT X}", "warning": "!", "ok": "\N{CHECK MARK}", "not_applicable": "-"}


@click.command()
@config_option
@click.option(
    "--only", multiple=True, metavar="CHECK", help="Do this check only; may be given several times."
)
@json_option
def doctor(file: Path, only: tuple[str, ...], *, as_json: bool) -> None:
    """Look the board over: what is wrong, and what to do about it.

    Exit status 0 where all is well or only warned of, 1 where there is a problem, 2 where it could not look.
    """
    from edged.clock import SystemClock
    from edged.ops.doctor.account import Account
    from edged.ops.doctor.checkup import Checkup, known_checks
    from edged.ops.doctor.patient import Patient
    from edged.tasks import run_until

    unknown = set(only).difference(known_checks())
    if unknown:
        hint = f"No check {', '.join(sorted(unknown))}. Known: {', '.join(known_checks())}."
        raise click.BadParameter(hint, param_hint="--only")
    patient = Patient(SystemClock(), _known(file), file, account=Account.of_service())
    found: list[Report] = []

    async def examine() -> None:
        found.append(await Checkup(lambda: patient).examine(only))

    until_told(lambda stop: run_until(stop, examine()))
    if not found:
        click.echo("Error: told to stop before all was looked at.", err=True)
        sys.exit(_COULD_NOT)
    report = found[0]
    if as_json:
        click.echo(report.model_dump_json())
    else:
        _print(report)
    sys.exit(1 if report.level == "problem" else 0)


def _known(file: Path) -> "Config | None":
    from edged.config.toml import load

    try:
        return load(file)
    except ConfigError:  # it is a finding
        return None


def _print(report: "Report") -> None:
    """Print a line a finding."""
    word_width = max((len(each.words.word) for each in report.findings), default=0)
    title_width = max((len(each.title) for each in report.findings), default=0)
    for each in report.findings:
        state = click.style(f"{_ICONS[each.level]} {each.words.word:<{word_width}}", fg=_COLOURS[each.level])
        where = f" [{each.where}]" if each.where else ""
        click.echo(f"{state}  {each.title:<{title_width}}  {each.words.sentence}{where}")
