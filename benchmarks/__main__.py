"""Lines from TCP to the broker, all through SQLite: edged against a bare script; a serial port; the page."""

import asyncio
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks import page_paint, serial_path
from tests.rigs.ports import free_ports

LINES = 20_000
ROUNDS = 3
_CONFIG = """
[node]
site = "bench"
name = "edged"
[uplink]
url = "mqtt://127.0.0.1:{mqtt}"
backlog_per_s = 1000000
[journal]
path = "{folder}/edged.db"
queue_chunks = 100000
[web]
enabled = false
[[source]]
name = "lines"
link = "tcp://127.0.0.1:{tcp}"
decoder = "json_lines"
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: until the last record was acknowledged.

    Attributes:
        wall_s: from the first line to the last record at the broker.
        cpu_s: user and system time of the process.
        rss_mb: peak.
    """

    wall_s: float
    cpu_s: float
    rss_mb: float


def main() -> None:
    """Run all, each in turn with what it is compared to, and print medians and their ratios."""
    serial_path.main()
    print()
    page_paint.main()
    print()
    broker = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if broker is None:
        sys.exit("needs mosquitto: apt-get install mosquitto")
    runs: dict[str, list[Run]] = {"edged": [], "bare": []}
    for _ in range(ROUNDS):
        for name, done in runs.items():
            done.append(asyncio.run(_measure(name, broker)))
    print(f"{LINES} lines from TCP to SQLite (FULL) to mosquitto (QoS 1), median of {ROUNDS}")
    print(f"{'':8}{'wall s':>10}{'cpu s':>10}{'peak MB':>10}{'lines/s':>12}")
    found = {}
    for name, done in runs.items():
        found[name] = Run(*(median(getattr(run, what) for run in done) for what in Run.__slots__))
        wall, cpu, rss = (getattr(found[name], what) for what in Run.__slots__)
        print(f"{name:8}{wall:>10.2f}{cpu:>10.2f}{rss:>10.1f}{LINES / wall:>12,.0f}")
    ratios = (getattr(found["edged"], what) / getattr(found["bare"], what) for what in Run.__slots__)
    print("ratio   " + "".join(f"{ratio:>10.2f}" for ratio in ratios))


async def _measure(name: str, broker: str) -> Run:
    with TemporaryDirectory(prefix="edged-bench-") as temporary:
        folder = Path(temporary)
        mqtt, tcp = free_ports(2)
        (folder / "mosquitto.conf").write_text(
            f"listener {mqtt} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8"
        )
        mosquitto = await asyncio.create_subprocess_exec(
            broker,
            "-c",
            str(folder / "mosquitto.conf"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await _until_open(mqtt)
            return await _deliver(name, mqtt, tcp, folder)
        finally:
            mosquitto.terminate()
            await mosquitto.wait()


async def _deliver(name: str, mqtt: int, tcp: int, folder: Path) -> Run:
    loop, complete, began = asyncio.get_running_loop(), asyncio.Event(), [0.0]
    heard = 0

    def count(_client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        nonlocal heard
        heard += message.payload.count(b'"heart_rate"') + message.payload.count(b'/heart_rate"')
        if heard >= LINES:
            loop.call_soon_threadsafe(complete.set)

    listener = paho.Client(CallbackAPIVersion.VERSION2)
    listener.on_message = count
    listener.connect("127.0.0.1", mqtt)
    listener.subscribe("edged/v1/bench/+/record", 1)
    listener.loop_start()

    async def feed(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began[0] = time.perf_counter()
        for i in range(LINES):
            writer.write(b'{"heart_rate": %d}\n' % (60 + i % 90))
            if i % 100 == 0:
                await writer.drain()
        await writer.drain()
        await complete.wait()
        writer.close()

    server = await asyncio.start_server(feed, "127.0.0.1", tcp)
    process = await _start(name, mqtt, tcp, folder)
    async with asyncio.timeout(120):
        await complete.wait()
    wall_s = time.perf_counter() - began[0]
    rss_mb = _peak_mb(process.pid)
    before = os.times()
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await process.wait()
    after = os.times()
    listener.loop_stop()
    server.close()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall_s, cpu_s, rss_mb)


async def _start(name: str, mqtt: int, tcp: int, folder: Path) -> asyncio.subprocess.Process:
    if name == "edged":
        (folder / "edged.toml").write_text(
            _CONFIG.format(mqtt=mqtt, tcp=tcp, folder=folder), encoding="utf-8"
        )
        command = ["-m", "edged", "run", "-c", str(folder / "edged.toml")]
    else:
        command = ["-m", "benchmarks.bare", str(tcp), str(mqtt), str(LINES), str(folder)]
    return await asyncio.create_subprocess_exec(sys.executable, *command)


def _peak_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: nan kB")
    return float(line.split()[1]) / 1000


async def _until_open(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


if __name__ == "__main__":
    main()
