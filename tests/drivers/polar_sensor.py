"""A Polar sensor for tests: answers commands, sends heart rates and frames; what it sends comes from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.decoders.polar.decoder import PolarDecoder
from edged.model import NS_PER_S, Chunk, Event, Packet
from edged.sources.decoder import Decoded
from tests.drivers import pmd_encoder as pmd

HEART_RATE = bytes.fromhex("1648e503")
H10: Mapping[str, bytes] = {
    "01 00": bytes.fromhex("f00100000000018200 01010e00"),
    "02 00": bytes.fromhex("f00200000000"),
    "03 00": bytes.fromhex("f00300000000"),
    "01 02": bytes.fromhex("f0010200000004190032006400c80001011000 0203020004000800"),
    "02 02": bytes.fromhex("f00202000001"),
    "03 02": bytes.fromhex("f003020000"),
}
VERITY_SENSE: Mapping[str, bytes] = {
    "01 01": bytes.fromhex("f00101000000013700 01011600 040104"),
    "02 01": bytes.fromhex("f002010000"),
    "01 02": bytes.fromhex("f00102000000013400 01011000 02010800 040103"),
    "02 02": bytes.fromhex("f002020000 0501 40da7f39"),
    "01 03": bytes.fromhex("f001030000"),
    "02 03": bytes.fromhex("f002030000"),
    "03 01": bytes.fromhex("f003010000"),
    "03 02": bytes.fromhex("f003020000"),
}
UNSET_NS = 599_616_000 * NS_PER_S
"""2019-01-01 by the epoch of 2000-01-01, where a sensor begins that nobody has set."""


@dataclass
class Sensor:
    """A sensor and the decoder that listens to it, and all that the decoder has told.

    Attributes:
        features: measurement types that it has.
        answers: to the first two bytes of each command; what is not there is not answered.
    """

    decoder: PolarDecoder
    features: tuple[int, ...] = (pmd.ECG, pmd.ACC)
    answers: dict[str, bytes] = field(default_factory=lambda: dict(H10))
    device_ns: int = UNSET_NS
    now_ns: int = 0
    commands: list[str] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    running: set[int] = field(default_factory=set)
    fed: list[Packet] = field(default_factory=list)

    def connect(self) -> None:
        """Connect: the link subscribes, and reads the features."""
        assert self.decoder.start() == []
        self.running.clear()
        self.send(pmd.CONTROL_POINT, pmd.features(*self.features))

    def send(self, channel: str, data: bytes) -> Decoded:
        """Send a packet, and answer what the decoder asks for it."""
        packet = Packet(channel, data, self.now_ns)
        self.fed.append(packet)
        told = self.decoder.feed(packet)
        self.chunks += told.chunks
        self.events += told.events
        self.faults += told.faults
        for command in told.commands:
            assert command.channel == pmd.CONTROL_POINT
            key = command.data[:2].hex(" ")
            self.commands.append(command.data.hex(" "))
            answer = self.answers.get(key)
            if answer is not None:
                if command.data[0] == 2 and answer[3] in {0, 6}:
                    self.running.add(command.data[1])
                if command.data[0] == 3:
                    self.running.discard(command.data[1])
                self.send(pmd.CONTROL_POINT, answer)
        return told

    def beat(self) -> None:
        """Send a heart rate."""
        self.send("2a37", HEART_RATE)

    def run(self, seconds: int, *, lost: Callable[[int], bool] = lambda _: False) -> None:
        """Let time pass; of ECG five frames of 26 samples come a second, if it runs and they are not lost."""
        for second in range(seconds):
            for fifth in range(5):
                self.now_ns += NS_PER_S // 5
                self.device_ns += NS_PER_S // 5
                if fifth == 4:
                    self.beat()
                if pmd.ECG in self.running and not lost(second * 5 + fifth):
                    self.send(pmd.DATA, pmd.ecg(self.device_ns, range(26)))

    def of(self, quantity: str) -> list[Chunk]:
        """Return the chunks of a stream."""
        return [chunk for chunk in self.chunks if chunk.info.quantity == quantity]

    def kinds(self) -> list[str]:
        """Return the kinds of events, those of the heart rate left out."""
        return [event.kind for event in self.events if event.kind.startswith("stream_")]
