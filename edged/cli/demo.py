"""Everything on one machine."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from edged.cli.terminal import errors_told, say, until_told
from edged.clock import SystemClock
from edged.ops import logging as log


@click.command()
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

    log.set_up("error")  # what a demo has to say stands on the screen
    ports = choose_ports(port, mqtt_port, websocket_port)

    def ready(start_s: float) -> None:
        for sentence in ports.replaced:
            say(sentence)
        say(f"Ready after {start_s:.1f} s. Open in a browser:\n")
        say(f"  Page      {ports.page_url}")
        for url, content in overlays(ports):
            say(f"  Overlay   {url}   {content}")
        say(f"  MQTT      {ports.broker_url}   topics edged/v1/#")
        say("\n" + (f"Stops after {duration_s:g} s." if duration_s else "Stop with Ctrl-C."))

    with errors_told():
        report = until_told(
            lambda stop: run_demo(ports, SystemClock(), stop, on_ready=ready), duration_s=duration_s
        )
    if report_file is not None:
        report_file.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    say(
        f"{report.recorded} records of {report.sources} straps: "
        f"{report.lost} lost, {report.duplicates} twice. "
        f"Live values took {report.live_p50_ms:.2f} ms (p99 {report.live_p99_ms:.2f} ms)."
    )
    if report.lost:
        sys.exit(1)
