"""Publishes a test message over the uplink's own connection, and times its acknowledgement."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edged.clock import Clock, ClockMap, time_limit
from edged.errors import BrokerRefused, BrokerUnreachable, NotAcknowledged, RefusedError
from edged.log import log_event
from edged.messages import TEST_ACKNOWLEDGED, TEST_FAILED
from edged.model import NS_PER_MS, NS_PER_S
from edged.publish.address import Message, Version
from edged.publish.broker import Broker
from edged.publish.mqtt import Session
from edged.publish.payload import dump, test_payload
from edged.publish.topics import Topics

LIMIT_S: Final = 5.0
PAUSE_S: Final = 1.0
"""Between two tests; whoever wants more than that wants a load test."""

OUTCOMES: Final = ("acknowledged", "not_connected", "refused", "not_acknowledged")

_log: Final = logging.getLogger(__name__)


class TooSoonError(RefusedError):
    """The last test was a moment ago, or is still under way.

    Args:
        what: which of them.
        wait_s: so long one has to wait.
    """

    def __init__(self, what: str, wait_s: float) -> None:
        super().__init__(what)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Receipt:
    """The broker has acknowledged a test message.

    Attributes:
        topic: that it was published to.
        number: of the test, from 1, as in its payload.
        round_trip_ms: from handing it over to the PUBACK.
        version: of MQTT.
    """

    topic: str
    number: int
    round_trip_ms: float
    version: Version


class Probe:
    """Tests the way to the broker; one test at a time, so that at most one place in its window is ever taken.

    Args:
        topics: of the node.
        clock: the node's.
        clock_map: tells when.
        broker: returns the connection as it is now; None where no broker is configured.
        outcomes: where tests are counted, by one of ``OUTCOMES``.
    """

    def __init__(
        self,
        topics: Topics,
        clock: Clock,
        clock_map: ClockMap,
        broker: Callable[[], Broker | None],
        outcomes: Counter[str],
    ) -> None:
        self.topic = topics.test
        self._outcomes = outcomes
        self._clock = clock
        self._clock_map = clock_map
        self._broker = broker
        self._number = 0
        self._begun_ns: int | None = None
        self._is_busy = False
        self._owed: asyncio.Future[None] | None = None

    async def publish(self, *, by: str) -> Receipt:
        """Publish at QoS 1 to the test topic, and wait for the broker's acknowledgement.

        Args:
            by: who wants it, for the log.

        Raises:
            TooSoonError: the last test was less than ``PAUSE_S`` ago, or is not over.
            RefusedError: no broker is configured.
            BrokerUnreachable: the node is not connected, or the connection ended meanwhile.
            BrokerRefused: the broker said no to this message; a connection of MQTT 3.1.1 cannot tell.
            NotAcknowledged: it did not acknowledge within ``LIMIT_S``.
        """
        self._demand_pause()
        broker = self._broker()
        if broker is None:
            raise RefusedError("No broker is configured: everything stays on this board. Set uplink.url.")
        self._begun_ns = self._clock.mono_ns()
        self._is_busy = True
        try:
            receipt = await self._publish(broker)
        except (BrokerUnreachable, BrokerRefused, NotAcknowledged) as error:
            self._outcomes[_outcome(error)] += 1
            log_event(_log, TEST_FAILED, by=by, reason=error)
            raise
        finally:
            self._is_busy = False
        self._outcomes["acknowledged"] += 1
        log_event(_log, TEST_ACKNOWLEDGED, by=by, ms=round(receipt.round_trip_ms, 1))
        return receipt

    def _demand_pause(self) -> None:
        if self._is_busy:
            raise TooSoonError("A test is under way already. Wait for its answer.", LIMIT_S)
        if self._begun_ns is not None:
            left_ns = self._begun_ns + round(PAUSE_S * NS_PER_S) - self._clock.mono_ns()
            if left_ns > 0:
                raise TooSoonError("The last test was a moment ago. Try again.", left_ns / NS_PER_S)

    async def _publish(self, broker: Broker) -> Receipt:
        session = broker.session
        if session is None:
            problem = broker.problem
            raise BrokerUnreachable(
                f"the node is not connected to the broker: {problem.what}"
                if problem
                else "the node is not connected to the broker yet",
                mend=problem.mend if problem else "It connects by itself; try again in a moment.",
            )
        if self._owed is not None and not self._owed.done():
            raise NotAcknowledged(
                "the broker has not acknowledged the last test message yet, so no other one is sent",
                mend="Look whether the broker hangs, and at its log.",
            )
        self._number += 1
        at_ns, is_right = self._clock_map.to_utc_ns(self._clock.mono_ns())
        payload = dump(test_payload(self._number, at_ns, is_right=is_right))
        begun_ns = self._clock.mono_ns()
        try:
            async with time_limit(self._clock, LIMIT_S):
                await self._acknowledged(session, Message(self.topic, payload))
        except TimeoutError as error:
            raise NotAcknowledged(
                f"the broker did not acknowledge within {LIMIT_S:g} s",
                mend="It is connected: look whether the broker hangs, at its log, and at the network.",
            ) from error
        took_ms = (self._clock.mono_ns() - begun_ns) / NS_PER_MS
        return Receipt(self.topic, self._number, took_ms, session.version)

    async def _acknowledged(self, session: Session, message: Message) -> None:
        # Shielded: the PUBACK that is late still frees the place in the window, and no sooner.
        self._owed = await session.post(message)
        await asyncio.shield(self._owed)


def _outcome(error: BrokerUnreachable | BrokerRefused | NotAcknowledged) -> str:
    if isinstance(error, BrokerRefused):
        return "refused"
    return "not_acknowledged" if isinstance(error, NotAcknowledged) else "not_connected"
