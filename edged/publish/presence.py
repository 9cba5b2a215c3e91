"""What the node says of itself: that it is online, how its clock runs, what streams it has."""

import asyncio
from collections.abc import Mapping
from typing import Final, Literal

from edged import __version__
from edged.clock import Clock, ClockMap
from edged.model import StreamInfo
from edged.publish.address import Message
from edged.publish.mqtt import Session
from edged.publish.payload import Descriptor, Status, clock_payload, dump, time_text
from edged.publish.retained import Retained
from edged.publish.topics import Topics

SOFTWARE: Final = f"edged {__version__}"
_REPAIR_INTERVAL_S: Final = 1.0


class Presence:
    """Keeps status, clock and stream descriptors right at the broker.

    Args:
        topics: of this node.
        retained: where the words go.
        clock: the node's.
        clock_map: of this boot.
    """

    def __init__(self, topics: Topics, retained: Retained, clock: Clock, clock_map: ClockMap) -> None:
        self.repairs = 0
        self._topics = topics
        self._retained = retained
        self._clock = clock
        self._clock_map = clock_map
        self._state: Literal["online", "offline"] = "offline"
        self._since_ns: int | None = None
        self._epoch = ""
        self._streams: dict[tuple[str, str], tuple[StreamInfo, str]] = {}
        self._devices: dict[str, dict[str, str]] = {}
        self._contradicted = asyncio.Event()

    def announce(self, epoch: str) -> None:
        """Say that the node is online, with the journal it has now."""
        if self._since_ns is None:
            self._since_ns = self._clock.mono_ns()
        self._epoch = epoch
        self._state = "online"
        self._tell_status()

    def farewell(self) -> None:
        """Say that the node is offline, because it stops."""
        self._since_ns = self._clock.mono_ns()
        self._state = "offline"
        self._tell_status()

    def will(self) -> Message:
        """Return what the broker is to say when the connection breaks."""
        return Message(self._topics.status, dump(self._status("offline", None)), retain=True)

    def tell_clock(self) -> None:
        """Say how the clock runs, after a step, and put right what was said by the clock before."""
        self._retained.put(self._topics.clock, dump(clock_payload(self._clock_map)))
        if self._since_ns is not None:
            self._tell_status()

    def tell_stream(self, source: str, info: StreamInfo, decoder: str) -> None:
        """Describe a stream, when it is met first and when it has changed."""
        if self._streams.get((source, info.quantity)) == (info, decoder):
            return
        self._streams[source, info.quantity] = info, decoder
        self._describe(source, info, decoder)

    def tell_device(self, source: str, device: Mapping[str, object]) -> None:
        """Say what the device of a source is, with all of its streams; ``device`` as it told of itself."""
        known = {key: str(value) for key, value in device.items()}
        if self._devices.get(source) == known:
            return
        self._devices[source] = known
        for (owner, _), (info, decoder) in self._streams.items():
            if owner == source:
                self._describe(source, info, decoder)

    def forget(self, source: str) -> None:
        """Take the descriptors of a source back that is no more."""
        self._devices.pop(source, None)
        for owner, quantity in list(self._streams):
            if owner == source:
                del self._streams[owner, quantity]
                self._retained.clear(self._topics.stream(owner, quantity))

    def _describe(self, source: str, info: StreamInfo, decoder: str) -> None:
        descriptor: Descriptor = {
            "v": 1,
            "source": source,
            "quantity": info.quantity,
            "unit": info.unit,
            "rate_hz": info.rate_hz,
            "channels": list(info.channels),
            "decoder": decoder,
            "device": self._devices.get(source, {}),
        }
        self._retained.put(self._topics.stream(source, info.quantity), dump(descriptor))

    async def serve(self, session: Session) -> None:
        """Watch our own status: a late will of an earlier connection is put right.

        Raises:
            BrokerUnreachable: the connection has ended.
            BrokerRefused: the broker does not let us read our own status.
        """

        def hear(message: Message) -> None:
            said = self._retained.word(self._topics.status)
            if message.payload != said:
                self._contradicted.set()
            elif self._state == "offline":  # the broker has our own word that we leave
                session.will_is_due = False

        self._contradicted.clear()
        await session.subscribe(hear, self._topics.status)
        while True:
            await self._contradicted.wait()
            self._contradicted.clear()
            if self._retained.word(self._topics.status) is not None:
                self.repairs += 1
                self._retained.repeat(self._topics.status)
            await self._clock.sleep(_REPAIR_INTERVAL_S)

    def _tell_status(self) -> None:
        since = None if self._since_ns is None else self._time(self._since_ns)
        self._retained.put(self._topics.status, dump(self._status(self._state, since)))

    def _status(self, state: Literal["online", "offline"], since: str | None) -> Status:
        return {
            "v": 1,
            "state": state,
            "node": self._topics.node,
            "boot": self._clock.boot,
            "epoch": self._epoch,
            "since": since,
            "software": SOFTWARE,
        }

    def _time(self, mono_ns: int) -> str:
        return time_text(self._clock_map.to_utc_ns(mono_ns)[0])
