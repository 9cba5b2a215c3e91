"""What a sensor board sends over a line, put down packet by packet."""

from dataclasses import replace

from drivers.decoders.board.decoder import BoardDecoder
from drivers.decoders.board.vocabulary import DataStatus, EventKind, MessageType, ResetCause
from edged.model import NS_PER_MS, Packet
from tests.drivers.board.simulated_board import ECG, EDA, TEMPERATURE, Board, Stream

_CHANNELS = (
    replace(ECG, rate_mhz=50_000, adc_bits=10),
    replace(EDA, rate_mhz=50_000),
    TEMPERATURE,
)


def board(counter_us: int = (1 << 32) - 4_000_000, *, ppm: float = 300.0) -> Board:
    """Return a board whose counter rolls over after 4 s, and a line with some delay."""
    made = Board(BoardDecoder(), ppm=ppm, counter_us=counter_us, channels=_CHANNELS)
    made.streams = [
        Stream(tuple(channel.format for channel in _CHANNELS[:2]), 50_000, 2),
        Stream((TEMPERATURE.format,), 1000, 1),
    ]
    delays_ns = (300_000, 900_000, 400_000, 1_700_000, 500_000, 600_000, 2_300_000)
    made.inwards = lambda: delays_ns[made.now_ns // NS_PER_MS % len(delays_ns)]
    made.outwards = lambda: delays_ns[(made.now_ns // NS_PER_MS + 3) % len(delays_ns)]
    return made


def session() -> list[Packet]:
    """Return eight seconds in which happens what may: losses, leads off, a reset, another board."""
    made = board()
    made.silent = True
    made.connect()
    made.run(1.2)
    made.line_noise(b"\x12\x34\x56")  # what was on the line when the port was opened
    made.silent = False
    made.boot()
    made.run(1)
    made.loses = lambda frame: frame.kind == MessageType.DATA and frame.sequence in {30, 31}
    made.run(0.5)
    made.streams[0].status = DataStatus.LEAD_OFF_POSITIVE
    made.event(EventKind.LEAD, 0, DataStatus.LEAD_OFF_POSITIVE)
    made.run(0.2)
    made.streams[0].status = 0
    made.event(EventKind.BUTTON, 0, 1)
    made.grow(transmit_drops=2, late_samples=1)
    made.run(0.7)
    made.streams[0].status = DataStatus.BUS_FAULT
    made.run(0.1)
    made.streams[0].status = DataStatus.SATURATED | DataStatus.TEST_PATTERN
    made.run(0.1)
    made.streams[0].status = DataStatus.OVERRUN
    made.run(1)
    made.line_noise(b"\x05\x01\x02\x03\x04\x00")  # damaged
    made.run(0.4)
    made.counter_us -= 3_000_000
    made.boot(boot_id=8, reset_cause=ResetCause.BROWN_OUT)
    made.run(1)
    made.boot(uid=b"another!", boot_id=1, reset_cause=ResetCause.POWER_ON)
    made.run(0.6)
    return made.trace


def good() -> list[Packet]:
    """Return two seconds of a board to which nothing happens."""
    made = board()
    made.connect()
    made.run(0.2)
    made.boot()
    made.run(2)
    return made.trace
