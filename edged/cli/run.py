"""The daemon itself, and the check of what it is told."""

import json
import logging
import os
import sys
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final

import click

from edged.cli.terminal import config_option, errors_told, exit_with, json_option, say, until_told
from edged.clock import SystemClock
from edged.config.toml import load, parse, read
from edged.errors import ConfigError, DriverError, EdgedError
from edged.log import log_event
from edged.messages import CONFIGURATION_WRONG
from edged.model import NS_PER_S
from edged.ops import logging as log

if TYPE_CHECKING:
    from edged.config.model import WebConfig
    from edged.ops.systemd import Notifier


_log: Final = logging.getLogger(__name__)
CONFIGURATION: Final = 78
"""Exit status where the configuration is wrong (EX_CONFIG, sysexits.h): starting again changes nothing."""


TRY_AGAIN: Final = 75
"""Exit status of safe mode whose time is over (EX_TEMPFAIL): the daemon is next."""


@click.command()
@config_option
def run(file: Path) -> None:
    """Run the daemon until it is told to stop (SIGTERM, Ctrl-C); SIGHUP has it read FILE anew."""
    from edged.ops.systemd import Notifier

    notifier = Notifier.of_environment()
    log.set_up("info")
    try:
        text = read(file)
        config = parse(text, file)
        log.set_up(config.log.level, node=log.node_name(config))
        _run(file, text, config.web, notifier)
    except (ConfigError, DriverError) as error:
        notifier.status(str(error))
        if log.is_journal():
            log_event(_log, CONFIGURATION_WRONG, reason=error)
        else:
            click.echo(f"Error: {error}", err=True)
        sys.exit(CONFIGURATION)
    except EdgedError as error:
        raise exit_with(error) from error


def _run(file: Path, text: str, web: "WebConfig", notifier: "Notifier") -> None:
    from edged.service import Service

    service = Service(file, text, SystemClock(), SystemRandom(), notifier)
    say_page = partial(_say_page, web.scheme)
    until_told(lambda stop: service.run(stop, on_listening=say_page), on_hangup=service.reload)


@click.command()
@config_option
@click.option(
    "--for",
    "duration_s",
    type=click.FloatRange(min=1),
    help="End by itself after so many seconds, for the daemon to be tried again.",
)
def safe(file: Path, duration_s: float | None) -> None:
    """Serve the page only, which says why the daemon does not run, and mends it; nothing is measured."""
    from edged.ops.systemd import Notifier
    from edged.safe import run_safe, safe_config, why_safe

    config, reason = safe_config(file), why_safe(file, os.environ)
    log.set_up(config.log.level, node=log.node_name(config))
    notifier = Notifier.of_environment()
    clock, say_page = SystemClock(), partial(_say_page, config.web.scheme)
    began_ns = clock.mono_ns()
    with errors_told():
        is_mended = until_told(
            lambda stop: run_safe(config, reason, clock, stop, notifier, file=file, on_listening=say_page),
            duration_s=duration_s,
        )
    is_over = duration_s is not None and clock.mono_ns() - began_ns >= duration_s * NS_PER_S
    if is_mended or is_over:
        sys.exit(TRY_AGAIN)


@click.command()
@config_option
@json_option
def check(file: Path, *, as_json: bool) -> None:
    """Check a configuration file, drivers and chains included, without running anything."""
    from edged.check import check_config

    try:
        config = load(file)
        check_config(config, file)
    except EdgedError as error:
        if not as_json:
            raise exit_with(error) from error
        told = {"ok": False, "what": error.what, "where": error.where, "mend": error.mend}
        click.echo(json.dumps(told))
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"ok": True, "sources": len(config.source), "subjects": len(config.subject)}))
    else:
        click.echo(f"{file}: good. {len(config.source)} sources, {len(config.subject)} subjects.")


def _say_page(scheme: str, host: str, port: int) -> None:
    if not log.is_journal():  # which has it as a message
        say(f"Page: {scheme}://{f'[{host}]' if ':' in host else host}:{port}/")
