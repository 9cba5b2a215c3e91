"""Looks around for devices, and shows them: a live table, or plain text once."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edged.clock import Clock
from edged.config.model import Config
from edged.errors import EdgedError
from edged.ops.words import is_low_battery, signal_word
from edged.sources.link import LinkContext
from edged.sources.nearby import Device, Nearby, Owner
from edged.sources.scanner import find_scanner, known_scanners
from edged.sources.survey import links_of, owners_of
from edged.tasks import end, run_until

_REFRESH_S: Final = 0.5
_NAME_CELLS: Final = 40
_LINK_CELLS: Final = 200
_PLAIN_CELLS: Final = 500
_AROUND_ROWS: Final = 6
"""Lines of a screen that are not devices: headings, what is missing, problems."""

_HARMFUL: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_VARIANTS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))
_MARKS: Final = 2
"""Most accents on one letter; a stack of them would grow over the lines around."""

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


async def scan_devices(
    config: Config, clock: Clock, stop: asyncio.Event, show: Callable[[Nearby], None]
) -> Nearby:
    """Look around until told to stop; return what is there.

    Args:
        config: says whose a device is; adapters are used as it says.
        clock: lets time pass.
        stop: ends it.
        show: called twice a second.

    Raises:
        EdgedError: no scanner can look around; the reason of the first.
    """
    nearby = Nearby(clock, owners_of(config))

    async def scan(kind: str) -> None:
        try:
            await find_scanner(kind)(LinkContext(clock, ble=config.ble), links_of(config, kind), nearby.take)
        except EdgedError as error:
            nearby.problems.append(error)
            if len(nearby.problems) == len(known_scanners()):
                raise

    async def show_often() -> None:
        while True:
            show(nearby)
            await clock.sleep(_REFRESH_S)

    async def work() -> None:
        tasks = [asyncio.create_task(scan(kind), name=f"scan {kind}") for kind in known_scanners()]
        tasks.append(asyncio.create_task(show_often(), name="show"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(*tasks)
        for task in done:
            task.result()

    await run_until(stop, work())
    return nearby


@contextmanager
def live_table(console: Console) -> Iterator[Callable[[Nearby], None]]:
    """Show what is around on a terminal, anew with each call; the last stays on the screen."""
    with Live(console=console, auto_refresh=False) as live:

        def show(nearby: Nearby) -> None:
            rows = max(console.size.height - _AROUND_ROWS, 1)
            live.update(_view(nearby, nearby.devices(), rows), refresh=True)

        yield show


def plain_table(nearby: Nearby) -> str:
    """Return what is around as text, our own first, then by strength."""
    devices = nearby.strongest()
    console = Console(width=_PLAIN_CELLS, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(_view(nearby, devices, len(devices)))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def safe_text(text: str, cells: int = _NAME_CELLS) -> str:
    """Return a name as a line of a terminal can carry it.

    Nothing in it moves the cursor, turns its neighbours around, or joins with them, and it is not
    wider than so many cells.
    """
    clean = "".join(_safe_characters(unicodedata.normalize("NFC", text))).strip()
    if cell_len(clean) > cells:
        clean = set_cell_size(clean, cells - 1).rstrip() + "…"
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in clean):
        return f"{_ISOLATE}{clean}{_POP_ISOLATE}"
    return clean


def _safe_characters(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in _HARMFUL:
            yield "\N{REPLACEMENT CHARACTER}"
        elif category != "Cf" and character not in _VARIANTS and marks <= _MARKS:
            yield character


def _view(nearby: Nearby, devices: Sequence[Device], rows: int) -> RenderableType:
    """Return table, rest and problems; of the devices no more than so many rows."""
    parts: list[RenderableType] = []
    if devices:
        parts.append(_table(devices[:rows]))
    else:
        parts.append(Text("Nothing heard yet. Wake the device: put the strap on, plug the board in."))
    if len(devices) > rows:
        parts.append(Text(f"and {len(devices) - rows} more", style="dim"))
    missing = nearby.missing()
    if missing:
        parts.append(Text(f"Not heard: {', '.join(_whose(owner) for owner in missing)}", style="yellow"))
    parts += [Text(str(problem), style="red") for problem in nearby.problems]
    return Group(*parts)


def _table(devices: Sequence[Device]) -> Table:
    """Return a table of a line a device; where it is narrow, texts give way before numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    is_ours = any(device.owner for device in devices)
    if is_ours:
        table.add_column("Whose", min_width=16)
    table.add_column("Name")
    table.add_column("Signal", no_wrap=True)
    has_links = any(_is_told_apart(device) for device in devices)
    tells_battery = any(device.found.battery_pct is not None for device in devices)
    if tells_battery:
        table.add_column("Battery", no_wrap=True)
    table.add_column("Address", no_wrap=True)
    table.add_column("Services")
    if has_links:
        table.add_column("Link")
    for device in devices:
        found = device.found
        words = ", ".join(safe_text(service.word or service.id) for service in found.services)
        whose = [_line(_whose(device.owner) if device.owner else "")] if is_ours else []
        battery = [_battery(found.battery_pct)] if tells_battery else []
        table.add_row(
            *whose,
            _line(safe_text(found.name) or "no name"),
            _signal(device),
            *battery,
            _line(safe_text(found.address)),
            _line(words),
            *([_line(_link(device))] if has_links else []),
            style="dim" if device.faded else "",
        )
    return table


def _is_told_apart(device: Device) -> bool:
    """Return whether its link says more than its address does, so that it is to be shown."""
    return device.found.link != f"{device.found.kind}:{device.found.address}"


def _link(device: Device) -> str:
    return safe_text(device.found.link, _LINK_CELLS) if _is_told_apart(device) else ""


def _line(text: str) -> Text:
    """Return a text that is cut rather than wrapped."""
    return Text(text, no_wrap=True, overflow="ellipsis")


def _whose(owner: Owner) -> str:
    return safe_text(f"{owner.source} → {owner.title}" if owner.title else owner.source, 2 * _NAME_CELLS)


def _signal(device: Device) -> Text:
    """Return how strong it is; of what may be gone, since when."""
    rssi_dbm = device.found.rssi_dbm
    if device.faded:
        return Text(f"{_span(device.age_s)} ago")
    if device.found.connected:
        return Text("connected", style="green")
    if device.found.used_by:
        return _line(f"used by {safe_text(device.found.used_by)}")
    if rssi_dbm is None:
        return Text("")
    word = signal_word(rssi_dbm)
    return Text(f"{rssi_dbm:>4} dBm {word}", style={"strong": "green", "weak": "yellow"}.get(word, ""))


def _battery(percent: int | None) -> Text:
    if percent is None:
        return Text("")
    return Text(f"{percent} % low", style="yellow") if is_low_battery(percent) else Text(f"{percent} %")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min"
