"""A node to look at, whose state the test sets."""

import asyncio

from edged.ops.devices import Devices
from edged.ops.instruments import WebStats
from edged.ops.metric import Family
from edged.ops.signals import Feed, Signals
from edged.ops.status import Status

Reading = tuple[int, float | None]


class FakeView:
    """A ``NodeView`` with a document and a list of readings."""

    def __init__(self, document: Status) -> None:
        self.document = document
        self.asked = 0
        self.web_stats = WebStats()
        self.devices: Devices | None = None
        self.families: list[Family] = []
        self.feeds: list[Feed] = []
        self.signals = Signals(lambda: self.feeds)
        self._readings: list[tuple[str, Reading]] = []
        self._change = asyncio.Event()

    def show(self, document: Status) -> None:
        """Show another document from now on."""
        self.document = document
        self._tell()

    def tell(self, subject: str, *readings: Reading) -> None:
        """Add readings of a subject."""
        self._readings += [(subject, reading) for reading in readings]
        self._tell()

    def metrics(self) -> list[Family]:
        return self.families

    def status(self) -> Status:
        self.asked += 1
        return self.document

    def readings_after(self, mark: int) -> tuple[int, dict[str, list[Reading]]]:
        found: dict[str, list[Reading]] = {}
        for subject, reading in self._readings[mark:]:
            found.setdefault(subject, []).append(reading)
        return len(self._readings), found

    async def changed(self) -> None:
        try:
            async with asyncio.timeout(1):
                await self._change.wait()
        except TimeoutError:
            pass

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
