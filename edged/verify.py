"""An independent consumer of the record lane, over the network like any other."""

import asyncio
from collections.abc import Callable
from os import environ
from random import SystemRandom
from typing import Literal
from uuid import uuid4

from pydantic import ValidationError

from edged.clock import Clock
from edged.config.model import UplinkConfig
from edged.errors import ConfigError
from edged.model import NS_PER_S
from edged.publish.address import BrokerAddress, Message
from edged.publish.broker import Broker
from edged.publish.completeness import Completeness, Report
from edged.publish.mqtt import Session
from edged.publish.topics import Topics

_PROGRESS_S = 0.2
_SESSION_S = 3600


class Verifier:
    """Listens to the record lane of one node or many, and keeps count.

    ``listening`` is set once it does so.

    Args:
        address: of the broker; with a session of its own (``session_s``) nothing is missed while the
            broker or the network is away.
        topics: of a node, or with ``+`` for any site or node.
        clock: measures how long nothing came.
        from_start: expect every epoch from id 1.
        protocol: an MQTT version, or whichever the broker has.
    """

    def __init__(
        self,
        address: BrokerAddress,
        topics: Topics,
        clock: Clock,
        *,
        from_start: bool,
        protocol: Literal["auto", "5", "3.1.1"] = "auto",
    ) -> None:
        self.broker = Broker(lambda: address, protocol, clock, SystemRandom())
        self.listening = asyncio.Event()
        self._topics = topics
        self._clock = clock
        self._completeness = Completeness(from_start=from_start)
        self._heard_ns = clock.mono_ns()

    def report(self) -> Report:
        """Return what was found so far."""
        return self._completeness.report()

    async def run(
        self,
        *,
        stop: asyncio.Event,
        duration_s: float | None = None,
        idle_s: float | None = None,
        on_progress: Callable[[Report], None] = lambda _report: None,
    ) -> Report:
        """Listen until stopped, for a time, or until nothing came for a time; return what was found."""
        started_ns = self._heard_ns = self._clock.mono_ns()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self.broker.run(self._listen), name="verify")
            while not stop.is_set():
                await self._clock.sleep(_PROGRESS_S)
                on_progress(self.report())
                now_ns = self._clock.mono_ns()
                if duration_s is not None and now_ns - started_ns >= duration_s * NS_PER_S:
                    break
                if idle_s is not None and now_ns - self._heard_ns >= idle_s * NS_PER_S:
                    break
            listening.cancel()
        return self.report()

    async def _listen(self, session: Session) -> None:
        await session.subscribe(self._take, self._topics.record, self._topics.event)
        self.listening.set()

    def _take(self, message: Message) -> None:
        self._heard_ns = self._clock.mono_ns()
        self._completeness.take(message.topic.rpartition("/")[0], message.payload)


def address_of(url: str, username: str | None, client_id: str | None) -> BrokerAddress:
    """Return where to listen; with a client id the broker keeps the session for an hour.

    The password, where there is one, is taken from the environment: ``EDGED_PASSWORD``.

    Raises:
        ConfigError: it is not a broker's URL.
    """
    try:
        UplinkConfig(url=url)
    except ValidationError as error:
        told = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{url!r} is not a broker's URL", key="--broker", mend=f"Please {told}.") from error
    return BrokerAddress(
        url=url,
        client_id=client_id or f"edged-verify-{uuid4().hex[:8]}",
        username=username,
        password=environ.get("EDGED_PASSWORD"),
        session_s=_SESSION_S if client_id else 0,
    )
