"""What the options of a source want of its board."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from drivers.decoders.board.commands import Command, Identify, SetRate, Start, Stop, Test
from drivers.decoders.options import number, one_of
from edged.errors import DriverError

STREAMS_MAX: Final = 16
_NO_YES: Final = ("0", "1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a board is told at the start of a connection.

    Attributes:
        streams: numbers of those to start; None for all there are.
        rates_mhz: by number of the stream, in samples per 1000 s.
        test: whether to send the test pattern; None to leave that as it is.
        blink: whether its light is to blink fast.
    """

    streams: frozenset[int] | None = None
    rates_mhz: tuple[tuple[int, int], ...] = ()
    test: bool | None = None
    blink: bool = False

    @classmethod
    def parse(cls, streams: str, rate: str, test: str, blink: str) -> Self:
        """Read the options as they are written.

        Raises:
            DriverError: one of them cannot be used.
        """
        return cls(
            _streams(streams),
            _rates_mhz(rate),
            None if not test else one_of("test", test, _NO_YES) == "1",
            one_of("blink", blink, _NO_YES) == "1",
        )

    def commands(self, streams: int) -> list[Command]:
        """Return what to tell a board with so many streams, in order."""
        commands: list[Command] = []
        if self.test is not None:
            commands.append(Test(int(self.test)))
        rates = [SetRate(stream, rate) for stream, rate in self.rates_mhz if stream < streams]
        if rates:
            commands += [*rates, Identify()]  # its descriptors tell what it achieved
        every = (1 << min(streams, STREAMS_MAX)) - 1
        started = self.mask(streams)
        if every & ~started and self.streams:
            commands.append(Stop(every & ~started))
        if started:
            commands.append(Start(started))
        return commands

    def mask(self, streams: int) -> int:
        """Return bit n for each wanted stream n of so many."""
        return sum(
            1 << n for n in range(min(streams, STREAMS_MAX)) if self.streams is None or n in self.streams
        )

    def faults(self, streams: int) -> Iterator[str]:
        """Yield a sentence for each stream that a board with so many does not have."""
        named = (self.streams or frozenset()) | {stream for stream, _ in self.rates_mhz}
        for stream in sorted(named):
            if stream >= streams:
                yield f"the board has no stream {stream}: it has {streams}, numbered from 0"


def _streams(text: str) -> frozenset[int] | None:
    if text == "all":
        return None
    if text == "none":
        return frozenset()
    numbers = [_stream("streams", text, part) for part in text.split(",")]
    if len(set(numbers)) != len(numbers):
        raise _wrong("streams", text)
    return frozenset(numbers)


def _rates_mhz(text: str) -> tuple[tuple[int, int], ...]:
    rates: dict[int, int] = {}
    for part in text.split(",") if text else ():
        stream, colon, rate = part.partition(":")
        index = _stream("rate", text, stream)
        if not colon or index in rates:
            raise _wrong("rate", text)
        rates[index] = round(1000 * number("rate", rate, minimum=0.001, maximum=1e6))
    return tuple(rates.items())


def _stream(option: str, text: str, part: str) -> int:
    if not (part.isascii() and part.isdigit()) or int(part) >= STREAMS_MAX:
        raise _wrong(option, text)
    return int(part)


def _wrong(option: str, text: str) -> DriverError:
    example = "streams=0,2, or streams=all" if option == "streams" else "rate=0:500, or rate=0:500,1:100"
    return DriverError(
        f"{option}={text} does not name streams, each once, by their numbers 0 to {STREAMS_MAX - 1}",
        where="board",
        mend=f"Write {example}; `edged board info LINK` lists them.",
    )
