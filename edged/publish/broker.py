"""Keeps one connection to a broker: tries again for ever, MQTT 5 first, and says how it stands."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from edged.backoff import Backoff
from edged.clock import Clock
from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.model import NS_PER_S
from edged.publish.address import BrokerAddress, Version
from edged.publish.mqtt import Session, connect
from edged.tasks import apart

BrokerState = Literal["connecting", "connected", "unreachable", "refused"]
Job = Callable[[Session], Coroutine[object, object, None]]

_RETRY_S: Final = (0.2, 1.0)
"""Short, since a local broker that is back must be seen at once: live resumes within 2 s."""

_RETRY_REFUSED_S: Final = (1.0, 10.0)
_STEADY_NS: Final = 10 * NS_PER_S
_REFUSALS_IN_DOUBT: Final = 4


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
    """

    def __init__(
        self,
        address: Callable[[], BrokerAddress],
        protocol: Literal["auto", "5", "3.1.1"],
        clock: Clock,
        random: Random,
    ) -> None:
        self.stats = BrokerStats()
        self.state: BrokerState = "connecting"
        self.since_ns = clock.mono_ns()
        self.problem: BrokerUnreachable | BrokerRefused | None = None
        self.session: Session | None = None
        self._address = address
        self._clock = clock
        self._random = random
        self._retry = Backoff(*_RETRY_S, random)
        self._retry_refused = Backoff(*_RETRY_REFUSED_S, random)
        self._versions: list[Version] = ["5", "3.1.1"] if protocol == "auto" else [protocol]
        self._proven: Version | None = None
        self._version_refusals = 0
        self._refused = set[Job]()

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
        async with connect(self._address(), self._versions[0]) as session, asyncio.TaskGroup() as group:
            self.session = session
            self.stats.connects += 1
            self._version_refusals = 0
            self._proven = session.version
            self._refused.clear()
            self._move("connected", None)
            for job in jobs:
                group.create_task(self._run(job, session), name=f"mqtt {getattr(job, '__qualname__', 'job')}")
            group.create_task(session.wait_ended(), name="mqtt connection")

    async def _run(self, job: Job, session: Session) -> None:
        """Run one job to its end, again where the broker refuses it: live goes on where record may not."""
        pace = Backoff(*_RETRY_REFUSED_S, self._random)
        while True:
            refused: list[BrokerUnreachable | BrokerRefused] = []
            try:
                await apart(job(session))
            except* BrokerRefused as group:
                refused.extend(_leaves(group))
            if not refused:
                return
            self.stats.refusals += 1
            self._refused.add(job)
            self._move("refused", refused[0])
            await self._clock.sleep(pace.next_delay_s())
            self._refused.discard(job)
            if not self._refused:
                self._move("connected", None)

    def _fail(self, error: BrokerUnreachable | BrokerRefused) -> None:
        self.stats.failures += 1
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


def _leaves(
    group: BaseExceptionGroup[BrokerUnreachable | BrokerRefused],
) -> Iterator[BrokerUnreachable | BrokerRefused]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
