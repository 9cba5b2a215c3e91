"""A whole node with its page and its journal, in this process: only time is in a test's hands."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from edged.clock import ManualClock
from edged.config.model import Config
from edged.daemon import Node
from edged.model import NS_PER_S
from edged.ops.metrics import expose
from edged.tasks import end

TIMEOUT_S = 20.0
_STEP_S = 0.25

Labels = frozenset[tuple[str, str]]


class Scrape:
    """What was exposed at one moment: every sample by its name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: dict[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def get(self, name: str, **labels: str) -> float | None:
        """Return one sample, by all of its labels."""
        return self.samples.get((name, frozenset(labels.items())))

    def all(self, name: str) -> dict[Labels, float]:
        """Return all samples of a name, by their labels."""
        return {labels: value for (of, labels), value in self.samples.items() if of == name}


class BenchNode:
    """One node, run from entering to leaving.

    Args:
        folder: where its journal goes.
        config: sections of the configuration; site, node, journal and a page on any free port are there.
    """

    def __init__(self, folder: Path, **config: Any) -> None:
        self.clock = ManualClock(mono_ns=1000 * NS_PER_S, utc_ns=1_767_225_600 * NS_PER_S, boot="boot-1")
        told: dict[str, Any] = {
            "node": {"site": "hall", "name": "desk"},
            "journal": {"path": folder / "edged.db", "max_size_mb": 4},
            "web": {"port": 0},
        }
        for section, settings in config.items():
            told[section] = {**told.get(section, {}), **settings} if isinstance(settings, dict) else settings
        self.config = told
        self.node = Node(Config.model_validate(told), self.clock, Random(1))
        self.url = ""
        self._http = httpx.AsyncClient(trust_env=False, verify=False)  # noqa: S501  some tests give the page a certificate of its own making; it is asked over loopback only
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def read(self) -> Scrape:
        """Look at it without its page, also before it runs."""
        text, _ = expose(self.node.view.metrics())
        return Scrape(text.decode())

    async def scrape(self) -> Scrape:
        """Ask its page, as Prometheus does."""
        return Scrape(await self.ask())

    async def ask(self) -> str:
        """Return what its page answers, as it is."""
        answer = await self._http.get(f"{self.url}/metrics")
        assert answer.status_code == 200
        return answer.text

    async def until(self, condition: Callable[[], object]) -> None:
        """Let time go by until something holds.

        Raises:
            TimeoutError: it never did.
        """
        async with asyncio.timeout(TIMEOUT_S):
            while not condition():
                await self.clock.advance(_STEP_S)
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> Self:
        def listens(host: str, port: int) -> None:
            self.url = f"http://{host}:{port}"

        self._task = asyncio.create_task(self.node.run(self._stop, on_listening=listens))
        await self.until(lambda: self.url or (self._task and self._task.done()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        await self._http.aclose()
        await end(self._task)
        assert self._task.cancelled(), self._task.exception()
