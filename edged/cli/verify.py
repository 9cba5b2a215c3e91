"""The proof, from the outside, that nothing is lost."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from edged.cli.terminal import errors_told, json_option, progress_shown, until_told
from edged.clock import SystemClock

if TYPE_CHECKING:
    from edged.publish.completeness import Report


@click.command()
@click.option("--broker", "url", required=True, help="mqtt://HOST:PORT, or mqtts://, ws://, wss://.")
@click.option("--site", default="+", show_default="any", help="Only this site.")
@click.option("--node", default="+", show_default="any", help="Only this node.")
@click.option("--prefix", default="edged/v1", show_default=True, help="First part of the topics.")
@click.option("--username", help="User name at the broker; the password is taken from EDGED_PASSWORD.")
@click.option(
    "--client-id", help="Keeps a session at the broker, so that nothing is missed while it is away."
)
@click.option("--from-start", is_flag=True, help="Expect every journal from its first record.")
@click.option(
    "--duration",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds.",
)
@click.option(
    "--idle",
    "idle_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop when nothing came for so long.",
)
@json_option
def verify(
    url: str,
    site: str,
    node: str,
    prefix: str,
    username: str | None,
    client_id: str | None,
    duration_s: float | None,
    idle_s: float | None,
    *,
    from_start: bool,
    as_json: bool,
) -> None:
    """Listen to the record lane and prove that it is complete; exit 1 if anything is lost."""
    from edged.publish.topics import Topics
    from edged.verify import Verifier, address_of

    with errors_told(), progress_shown("received", as_json=as_json) as progress:
        address = address_of(url, username, client_id)

        async def work(stop: asyncio.Event) -> "Report":
            verifier = Verifier(address, Topics(prefix, site, node), SystemClock(), from_start=from_start)
            return await verifier.run(
                stop=stop, duration_s=duration_s, idle_s=idle_s, on_progress=lambda r: progress(r.received)
            )

        report = until_told(work)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(
            f"received {report.received}, lost {report.lost}, duplicates {report.duplicates} "
            f"({report.conflicting} with other content), explained gaps {report.explained}, "
            f"out of order {report.out_of_order}, missing samples {report.sample_gaps}"
        )
        if report.received == 0:
            click.echo("Nothing was received: check --broker, --site and --node.", err=True)
    if report.received == 0 or not report.complete:
        sys.exit(1)
