"""The commands."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

import click

from edged import __version__
from edged.clock import SystemClock
from edged.config import reference
from edged.config.toml import load
from edged.errors import EdgedError
from edged.ops import logging as log

if TYPE_CHECKING:
    from edged.publish.completeness import Report

T = TypeVar("T")

_SCAN_S: Final = 10.0

_config_option = click.option(
    "-c",
    "--config",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    help="Configuration file (TOML).",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a machine to read.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edged")
def main() -> None:
    """Edge telemetry for biometric and sensor streams: from the strap to the broadcast overlay."""


@main.command()
@_config_option
def run(file: Path) -> None:
    """Run the daemon until it is told to stop (SIGTERM, Ctrl-C)."""
    from edged.daemon import Node

    with _errors_told():
        config = load(file)
        log.set_up(config.log.level)

        async def work(stop: asyncio.Event) -> None:
            node = Node(config, SystemClock(), Random())  # noqa: S311  jitter
            await node.run(stop, on_listening=lambda host, port: _say(f"Page: http://{host}:{port}/"))

        _until_told(work)


@main.command()
@_config_option
@_json_option
def check(file: Path, *, as_json: bool) -> None:
    """Check a configuration file, drivers included, without running anything."""
    from edged.check import check_drivers

    try:
        config = load(file)
        check_drivers(config, file)
    except EdgedError as error:
        if not as_json:
            raise _told(error) from error
        told = {"ok": False, "what": error.what, "where": error.where, "mend": error.mend}
        click.echo(json.dumps(told))
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"ok": True, "sources": len(config.source), "subjects": len(config.subject)}))
    else:
        click.echo(f"{file}: good. {len(config.source)} sources, {len(config.subject)} subjects.")


@main.command()
@click.option("--duration", "duration_s", type=click.FloatRange(min=1), help="Stop after so many seconds.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="Write a report (JSON).")
@click.option("--port", default=8080, show_default=True, help="Port of the page.")
@click.option("--mqtt-port", default=1883, show_default=True, help="Port of the broker.")
@click.option("--websocket-port", default=9001, show_default=True, help="Port of the broker's WebSocket.")
def demo(
    duration_s: float | None, report_file: Path | None, port: int, mqtt_port: int, websocket_port: int
) -> None:
    """Run four simulated players with broker, page and overlays, all on this machine."""
    from edged.demo import choose_ports, overlays, run_demo

    log.set_up("warning")
    ports = choose_ports(port, mqtt_port, websocket_port)

    def ready(start_s: float) -> None:
        for sentence in ports.replaced:
            _say(sentence)
        _say(f"Ready after {start_s:.1f} s. Open in a browser:\n")
        _say(f"  Page      {ports.page_url}")
        for url, content in overlays(ports):
            _say(f"  Overlay   {url}   {content}")
        _say(f"  MQTT      {ports.broker_url}   topics edged/v1/#")
        _say("\n" + (f"Stops after {duration_s:g} s." if duration_s else "Stop with Ctrl-C."))

    with _errors_told():
        report = _until_told(
            lambda stop: run_demo(ports, SystemClock(), stop, on_ready=ready), duration_s=duration_s
        )
    if report_file is not None:
        report_file.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    _say(
        f"{report.recorded} records of {report.sources} straps: "
        f"{report.lost} lost, {report.duplicates} twice. "
        f"Live values took {report.live_p50_ms:.2f} ms (p99 {report.live_p99_ms:.2f} ms)."
    )
    if report.lost:
        sys.exit(1)


@main.command()
@click.argument("link")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--decoder", default="heart_rate", show_default=True, help="What the bytes mean.")
@click.option(
    "--duration",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds.",
)
@_json_option
def record(link: str, trace: Path, decoder: str, duration_s: float | None, *, as_json: bool) -> None:
    """Record what comes in over LINK into the file TRACE, appending to it."""
    from edged.record import record_trace

    with _errors_told(), _progress("recorded", as_json=as_json) as progress:
        n = _until_told(
            lambda stop: record_trace(link, trace, decoder, SystemClock(), stop, progress),
            duration_s=duration_s,
        )
    click.echo(json.dumps({"packets": n, "trace": str(trace)}) if as_json else f"{n} packets in {trace}.")


@main.command()
@click.option(
    "-c",
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="Configuration file (TOML): says whose each device is.",
)
@click.option(
    "--seconds",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds. Else Ctrl-C stops it; with --json, or into a file, it is 10 seconds.",
)
@_json_option
def scan(file: Path | None, duration_s: float | None, *, as_json: bool) -> None:
    """Show the devices around, and whose they are."""
    from rich.console import Console

    from edged.config.model import Config
    from edged.scan import live_table, plain_table, scan_devices

    is_live = not as_json and sys.stdout.isatty()
    seconds = duration_s if is_live else duration_s or _SCAN_S
    with _errors_told():
        known = load(file) if file else Config()
        with live_table(Console()) if is_live else nullcontext(lambda _nearby: None) as show:
            nearby = _until_told(
                lambda stop: scan_devices(known, SystemClock(), stop, show), duration_s=seconds
            )
    if as_json:
        click.echo(json.dumps(nearby.document()))
    elif not is_live:
        click.echo(plain_table(nearby), nl=False)
    for problem in nearby.problems:
        click.echo(f"Warning: {problem}", err=True)


@main.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Times real time; 0 is at once.",
)
@click.option("--decoder", help="Instead of the one that the trace names.")
def replay(trace: Path, speed: float, decoder: str | None) -> None:
    """Decode the file TRACE and print what it means, a JSON object a line."""
    from edged.replay import replay_trace

    log.set_up("error")  # what is wrong in the trace is part of the result
    with _errors_told():
        _until_told(lambda stop: replay_trace(trace, speed, decoder, stop, click.echo))


@main.command()
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
@_json_option
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

    with _errors_told(), _progress("received", as_json=as_json) as progress:
        address = address_of(url, username, client_id)

        async def work(stop: asyncio.Event) -> "Report":
            verifier = Verifier(address, Topics(prefix, site, node), SystemClock(), from_start=from_start)
            return await verifier.run(
                stop=stop, duration_s=duration_s, idle_s=idle_s, on_progress=lambda r: progress(r.received)
            )

        report = _until_told(work)
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


@main.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="On the disk to measure."
)
@_json_option
def bench(folder: Path | None, *, as_json: bool) -> None:
    """Measure what this board can take; some ten seconds."""
    from edged.bench import run_bench

    def progress(name: str) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"... {name}", err=True)

    with _errors_told():
        results = _until_told(lambda _stop: run_bench(folder, progress))
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results]))
        return
    for result in results:
        click.echo(f"{result.name:<36} {result.per_s:>10,.0f} {result.unit}s/s {result.us:>10,.1f} us each")


@main.group()
def board() -> None:
    """Look after a sensor board: LINK is its port, such as serial:/dev/serial/by-id/NAME."""


@board.command()
@click.argument("link")
@_json_option
def info(link: str, *, as_json: bool) -> None:
    """Show what the board at LINK is and measures."""
    from edged.board import board_table, describe_board

    with _errors_told():
        told = _until_told(lambda stop: describe_board(link, SystemClock(), stop))
    if told is None:
        sys.exit(130)
    click.echo(json.dumps(told) if as_json else board_table(told).rstrip("\n"))


@board.command()
@click.argument("link")
@click.option(
    "--seconds",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="How long; Ctrl-C ends it before.",
)
def identify(link: str, duration_s: float) -> None:
    """Have the light of the board at LINK blink fast, to see which one it is."""
    from edged.board import blink_board

    def tell(told: Mapping[str, object]) -> None:
        _say(f"The board {told['model']} {told['serial']} blinks fast. Ctrl-C ends it.")

    with _errors_told():
        _until_told(lambda stop: blink_board(link, SystemClock(), stop, tell), duration_s=duration_s)


@board.command()
@click.argument("link")
@click.argument("stream", type=click.IntRange(0, 15))
@click.argument("rate_hz", metavar="HZ", type=click.FloatRange(min=0.001, max=1e6))
@_json_option
def rate(link: str, stream: int, rate_hz: float, *, as_json: bool) -> None:
    """Have the board at LINK sample STREAM at HZ, until its next reset."""
    from edged.board import set_rate

    with _errors_told():
        told = _until_told(lambda stop: set_rate(link, stream, rate_hz, SystemClock(), stop))
    if told is None:
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(asdict(told)))
        return
    click.echo(f"Stream {stream} runs at {told.rate_hz:g} Hz, until the next reset of the board.")
    click.echo(f'To keep it, configure the source with decoder = "board?rate={stream}:{rate_hz:g}".')


@board.command()
@click.argument("link")
@click.argument("state", type=click.Choice(["on", "off"]))
def test(link: str, state: str) -> None:
    """Have the board at LINK send its test pattern, or its samples again."""
    from edged.board import set_test

    with _errors_told():
        if not _until_told(lambda stop: set_test(link, SystemClock(), stop, on=state == "on")):
            sys.exit(130)
    click.echo(f"The test pattern is {state}, until the next reset of the board.")


@board.command()
@click.argument("link")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--board", "kind", type=click.Choice(["uno", "pico"]), help="Else it goes by the file's name.")
@click.option("--baud", default=115_200, show_default=True, help="Of an Uno's boot loader.")
def flash(link: str, file: Path, kind: str | None, baud: int) -> None:
    """Put the firmware FILE on the board at LINK, with avrdude or picotool."""
    from edged.flash import flash_board

    with _errors_told():
        done = _until_told(lambda stop: flash_board(link, file, kind, baud, SystemClock(), stop))
    if done is None:
        sys.exit(130)
    click.echo(f"The {done} has its firmware. `edged board info {link}` shows it.")


@main.group()
def config() -> None:
    """Write an example configuration, its schema, or its reference."""


@config.command()
def example() -> None:
    """Print a complete configuration file."""
    click.echo(reference.example(), nl=False)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    click.echo(reference.schema(), nl=False)


def _until_told(work: Callable[[asyncio.Event], Awaitable[T]], *, duration_s: float | None = None) -> T:
    """Run until done, told to stop by SIGTERM or SIGINT, or the time is over; a second signal is at once."""

    async def until_told() -> T:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        task = asyncio.ensure_future(work(stop))

        def told() -> None:
            if stop.is_set():
                task.cancel()
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told)
        if duration_s is not None:
            loop.call_later(duration_s, stop.set)
        return await task

    try:
        return asyncio.run(until_told())
    except asyncio.CancelledError:
        sys.exit(130)


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn our errors into one clear line and exit status 1."""
    try:
        yield
    except EdgedError as error:
        raise _told(error) from error


def _told(error: EdgedError) -> click.ClickException:
    return click.ClickException(str(error))


@contextmanager
def _progress(what: str, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    """Show a count on standard error while a long command runs; nothing where nobody looks on."""
    if as_json or not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} " + what), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.update(task, completed=count)


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
