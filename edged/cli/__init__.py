"""The commands: a module each, a few lines each."""

import click

from edged import __version__
from edged.cli.access import account, claim
from edged.cli.bench import bench
from edged.cli.board import board
from edged.cli.bundle import bundle
from edged.cli.config import config
from edged.cli.demo import demo
from edged.cli.doctor import doctor
from edged.cli.first_boot import first_boot
from edged.cli.install_service import install_service
from edged.cli.run import check, run, safe
from edged.cli.scan import scan
from edged.cli.status import status
from edged.cli.trace import record, replay
from edged.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edged")
def main() -> None:
    """Edge telemetry for biometric and sensor streams: from the strap to the broadcast overlay."""


COMMANDS = (
    run,
    safe,
    status,
    claim,
    account,
    check,
    doctor,
    bundle,
    first_boot,
    install_service,
    demo,
    record,
    replay,
    scan,
    verify,
    bench,
    board,
    config,
)
for command in COMMANDS:
    main.add_command(command)
