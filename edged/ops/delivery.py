"""How delivery to the broker goes, as one document: for the page, the API and the diagnostics bundle."""

from collections.abc import Callable
from typing import Final, Literal

from pydantic import Field

from edged.model import NS_PER_MS, NS_PER_S
from edged.ops.certificate_watch import CertificateWatch
from edged.ops.delivery_watch import Course, DeliveryWatch, Trend, rates, trend
from edged.ops.doctor.finding import Finding
from edged.ops.document import Document
from edged.ops.parts import Parts
from edged.ops.status import BrokerStateName, Icon, Words
from edged.ops.words import broker_words
from edged.publish.payload import time_text
from edged.publish.probe import Probe, Receipt
from edged.publish.troubles import Trouble

_COURSES: Final[dict[Course, tuple[str, Icon, str]]] = {
    "unknown": ("Not known yet", "bar", ""),
    "none": ("Nothing waits", "dot", ""),
    "steady": ("Steady", "wave", "As much is delivered as is measured; what waits becomes no less."),
    "growing": ("Growing", "wave", "More is measured than is delivered. It is kept on this board meanwhile."),
    "shrinking": ("Shrinking", "dot", ""),
}


class BacklogStatus(Document):
    """What waits to be delivered."""

    records: int = Field(ge=0, description="Committed records not acknowledged yet.")
    course: Course = Field(description="Where it goes; `unknown` in the first seconds.")
    words: Words
    per_s: float = Field(description="Records a second that it grows; negative, it shrinks.")
    left_s: float | None = Field(
        ge=0, description="Seconds until it is delivered at this rate; null where it does not shrink."
    )


class TroubleStatus(Document):
    """Something that went wrong between node and broker."""

    what: str
    mend: str
    count: int = Field(ge=1)
    first: str = Field(description="RFC 3339 UTC.")
    last: str = Field(description="RFC 3339 UTC.")
    last_s: float = Field(ge=0, description="Seconds since it came last.")


class DeliveryStatus(Document):
    """How delivery goes."""

    v: Literal[1] = 1
    state: BrokerStateName
    words: Words
    since_s: float = Field(ge=0, description="Seconds in this state.")
    url: str = Field(description="Without user and password; empty where no broker is configured.")
    protocol: str = Field(description="MQTT version in use; empty while not connected.")
    backlog: BacklogStatus
    acknowledged_s: float | None = Field(
        ge=0, description="Seconds since the last acknowledgement; null before the first."
    )
    published_per_s: float | None = Field(ge=0, description="Records a second, over the last minute.")
    acknowledged_per_s: float | None = Field(ge=0, description="The same of acknowledgements.")
    rates: list[tuple[int, float, float]] = Field(
        description="Of each second of the last minute, oldest first: when it ended, in ms of UTC by the "
        "node's clock; records published and acknowledged a second."
    )
    certificates: list[Finding] = Field(description="The broker's TLS certificate; empty without TLS.")
    troubles: list[TroubleStatus] = Field(
        description="The last 20 different ones since the start, the one that came last first."
    )
    test_topic: str = Field(description="Where a test message is published to.")


class DeliveryDesk:
    """Says how delivery goes, and tries it.

    Args:
        parts: returns the running node's.
        watch: has looked at the counters.
        certificates: has looked at TLS.
        probe: publishes tests.
    """

    def __init__(
        self, parts: Callable[[], Parts], watch: DeliveryWatch, certificates: CertificateWatch, probe: Probe
    ) -> None:
        self._parts = parts
        self._watch = watch
        self._certificates = certificates
        self._probe = probe

    async def test(self, by: str) -> Receipt:
        """Publish a test message; see ``Probe.publish``."""
        return await self._probe.publish(by=by)

    def status(self) -> DeliveryStatus:
        """Return how delivery goes now."""
        parts = self._parts()
        broker, uplink = parts.broker, parts.uplink
        now_ns = parts.clock.mono_ns()
        course = trend(self._watch.moments)
        told = [(_utc_ms(parts, rate.mono_ns), rate) for rate in rates(self._watch.moments)]
        acknowledged_ns = uplink.stats.acknowledged_ns if uplink else None
        version = broker.session.version if broker and broker.session else ""
        state: BrokerStateName = broker.state if broker and uplink else "off"
        return DeliveryStatus(
            state=state,
            words=broker_words(state, broker.problem if broker else None),
            since_s=max(now_ns - (broker.since_ns if broker else parts.started_ns), 0) / NS_PER_S,
            url=parts.config.uplink.url if parts.config.uplink else "",
            protocol={"5": "5.0"}.get(version, version),
            backlog=_backlog(uplink.backlog if uplink else 0, course),
            acknowledged_s=None if acknowledged_ns is None else max(now_ns - acknowledged_ns, 0) / NS_PER_S,
            published_per_s=_mean([rate.published for _, rate in told]),
            acknowledged_per_s=_mean([rate.acknowledged for _, rate in told]),
            rates=[(ms, round(rate.published, 2), round(rate.acknowledged, 2)) for ms, rate in told],
            certificates=list(self._certificates.findings()),
            troubles=[_trouble(parts, each, now_ns) for each in broker.troubles.latest()] if broker else [],
            test_topic=self._probe.topic,
        )


def _backlog(records: int, course: Trend) -> BacklogStatus:
    word, icon, sentence = _COURSES[course.course]
    return BacklogStatus(
        records=records,
        course=course.course,
        words=Words(word=word, icon=icon, sentence=sentence),
        per_s=round(course.per_s, 2),
        left_s=None if course.left_s is None else round(course.left_s, 1),
    )


def _trouble(parts: Parts, trouble: Trouble, now_ns: int) -> TroubleStatus:
    return TroubleStatus(
        what=trouble.what[:1].upper() + trouble.what[1:],
        mend=trouble.mend,
        count=trouble.count,
        first=time_text(parts.clock_map.to_utc_ns(trouble.first_ns)[0]),
        last=time_text(parts.clock_map.to_utc_ns(trouble.last_ns)[0]),
        last_s=max(now_ns - trouble.last_ns, 0) / NS_PER_S,
    )


def _utc_ms(parts: Parts, mono_ns: int) -> int:
    return parts.clock_map.to_utc_ns(mono_ns)[0] // NS_PER_MS


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None
