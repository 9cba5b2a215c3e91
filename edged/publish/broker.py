"""Keeps one connection to a broker: tries again for ever, MQTT 5 first, and says how it stands."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from edged.backoff import Backoff
from edged.clock import Clock
from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.log import log_event
from edged.messages import BROKER_CONNECTED, BROKER_LOST, BROKER_REFUSED
from edged.model import NS_PER_S
from edged.publish.address import BrokerAddress, Version
from edged.publish.mqtt import Session, connect
from edged.publish.troubles import Troubles
from edged.tasks import apart, end

BrokerState = Literal["connecting", "connected", "unreachable", "refused"]
Job = Callable[[Session], Coroutine[object, object, None]]

_RETRY_S: Final = (0.2, 1.0)
"""Short, since a local broker that is back must be seen at once: live resumes within 2 s."""

_RETRY_REFUSED_S: Final = (1.0, 10.0)
_STEADY_NS: Final = 10 * NS_PER_S
_REFUSALS_IN_DOUBT: Final = 4
_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class BrokerStats:
    """Counters since the start."""

    connects: int = 0
    failures: int = 0
    refusals: int = 0


class Broker:
    """The connection to one broker, again and again.

    Args:
        address: gives, for each try, where and who we are.
        protocol: an MQTT version, or ``auto``: 5, and 3.1.1 where the broker has no 5.
        clock: paces tries.
        random: jitters them.
        troubles: where what goes wrong is noted; None, and it is noted for nobody else.
    """

    def __init__(
        self,
        address: Callable[[], BrokerAddress],
        protocol: Literal["auto", "5", "3.1.1"],
        clock: Clock,
        random: Random,
        troubles: Troubles | None = None,
    ) -> None:
        self.stats = BrokerStats()
        self.state: BrokerState = "connecting"
        self.since_ns = clock.mono_ns()
        self.problem: BrokerUnreachable | BrokerRefused | None = None
        self.session: Session | None = None
        self._address = address
        self.troubles = troubles or Troubles(clock)
        self._clock = clock
        self._random = random
        self._retry = Backoff(*_RETRY_S, random)
        self._retry_refused = Backoff(*_RETRY_REFUSED_S, random)
        self._versions: list[Version] = ["5", "3.1.1"] if protocol == "auto" else [protocol]
        self._proven: Version | None = None
        self._version_refusals = 0
        self._refused = set[Job]()
        self._url = ""
        self._told: tuple[BrokerState, str] = ("connecting", "")

    async def run(self, *jobs: Job) -> None:
        """Stay connected until cancelled; over each connection run the jobs, side by side.

        A job that ends is fine. One that the broker refuses is run again after a while, and says so in
        ``state``; the others go on. One that raises BrokerUnreachable ends the connection.
        """
        while True:
            started_ns = self._clock.mono_ns()
            error = await apart(self._serve_to_the_end(jobs))
            self._fail(error)
            if self._clock.mono_ns() - started_ns > _STEADY_NS:
                self._retry.reset()
                self._retry_refused.reset()
            if isinstance(error, VersionRefused) and self._turn_version():
                continue
            self._tell()
            pace = self._retry_refused if self.state == "refused" else self._retry
            await self._clock.sleep(pace.next_delay_s())

    async def _serve_to_the_end(self, jobs: tuple[Job, ...]) -> BrokerUnreachable | BrokerRefused:
        """Connect and serve; return why that ended, as it always does."""
        reasons: list[BrokerUnreachable | BrokerRefused] = []
        try:
            await self._serve(jobs)
        except* (BrokerUnreachable, BrokerRefused) as group:
            reasons.extend(_leaves(group))
        finally:
            self.session = None
        return next((error for error in reasons if isinstance(error, BrokerRefused)), reasons[0])

    async def _serve(self, jobs: tuple[Job, ...]) -> None:
        address = self._address()
        self._url = address.url
        async with connect(address, self._versions[0]) as session, asyncio.TaskGroup() as group:
            self.session = session
            self.stats.connects += 1
            self._version_refusals = 0
            self._proven = session.version
            self._refused.clear()
            self._move("connected", None)
            self._tell()
            for job in jobs:
                group.create_task(self._run(job, session), name=f"mqtt {getattr(job, '__qualname__', 'job')}")
            group.create_task(session.wait_ended(), name="mqtt connection")

    async def _run(self, job: Job, session: Session) -> None:
        """Run one job to its end, again where the broker refuses it: live goes on where record may not."""
        pace = Backoff(*_RETRY_REFUSED_S, self._random)
        steady: asyncio.Task[None] | None = None
        while True:
            refused: list[BrokerUnreachable | BrokerRefused] = []
            try:
                await apart(job(session))
            except* BrokerRefused as group:
                refused.extend(_leaves(group))
            finally:
                if steady is not None:
                    await end(steady)
            if not refused:
                return
            self.stats.refusals += 1
            self.troubles.note(refused[0])
            self._refused.add(job)
            self._move("refused", refused[0])
            self._tell()
            await self._clock.sleep(pace.next_delay_s())
            self._refused.discard(job)
            if not self._refused:
                self._move("connected", None)
            steady = asyncio.create_task(self._tell_once_steady(), name="mqtt steady")

    def _fail(self, error: BrokerUnreachable | BrokerRefused) -> None:
        self.stats.failures += 1
        self.troubles.note(error)
        self._move("refused" if isinstance(error, BrokerRefused) else "unreachable", error)

    def _turn_version(self) -> bool:
        """Choose the version of the next try; return whether it is another one, to be tried at once.

        A version that has worked is doubted only after several refusals, for one try, since a broker
        that restarts may hang up as well.
        """
        self._version_refusals += 1
        if len(self._versions) == 1:
            return False
        if self._proven is None:
            self._versions.reverse()
            return self._version_refusals % 2 == 1
        if self._versions[0] != self._proven:
            self._versions.reverse()
            return False
        if self._version_refusals % _REFUSALS_IN_DOUBT:
            return False
        self._versions.reverse()
        return True

    def _move(self, state: BrokerState, problem: BrokerUnreachable | BrokerRefused | None) -> None:
        if state != self.state:
            self.since_ns = self._clock.mono_ns()
        self.state, self.problem = state, problem

    async def _tell_once_steady(self) -> None:
        """Log a try as a success only when it has been one for a while."""
        await self._clock.sleep(_STEADY_NS / NS_PER_S)
        self._tell()

    def _tell(self) -> None:
        """Log how it stands, where that is something new."""
        now = (self.state, self.problem.what if self.problem else "")
        if now == self._told:
            return
        self._told = now
        if self.state == "connected":
            version = self.session.version if self.session else ""
            log_event(_log, BROKER_CONNECTED, broker=self._url, version=version)
        elif self.state == "refused":
            log_event(_log, BROKER_REFUSED, broker=self._url, reason=self.problem)
        else:
            log_event(_log, BROKER_LOST, broker=self._url, reason=self.problem)


def _leaves(
    group: BaseExceptionGroup[BrokerUnreachable | BrokerRefused],
) -> Iterator[BrokerUnreachable | BrokerRefused]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
