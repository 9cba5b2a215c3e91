"""What a ``serial:`` URL asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeVar
from urllib.parse import quote, unquote

from edged.errors import DriverError
from edged.sources.link import LinkUrl

BAUD_RATES: Final = (115_200, 250_000, 500_000, 1_000_000)
"""Tried in this order where the URL names none."""
QUIET_S: Final = 1.0
"""An Arduino that is reset by the opening of its port runs its boot loader for so long, which takes
what it hears for a program."""
_LOWEST, _HIGHEST = 50, 12_000_000
_MOST_RATES: Final = 8
_NO_YES: Final = {"0": False, "1": True}

Bits = Literal[5, 6, 7, 8]
Parity = Literal["none", "even", "odd"]
Stop = Literal[1, 2]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """A port, and how its line is set.

    Attributes:
        path: of the port, such as ``/dev/serial/by-id/...``; what is behind it may change.
        rates: baud rates, the first to begin with; the others are for a decoder that searches.
        bits: data bits.
        parity: of each byte.
        stop: stop bits.
        rtscts: whether the device holds us back by its CTS, and we it by our RTS.
        reset: whether DTR is toggled at each opening, which restarts an Arduino.
        quiet_s: so long nothing is sent after opening.
    """

    path: str
    rates: tuple[int, ...] = BAUD_RATES
    bits: Bits = 8
    parity: Parity = "none"
    stop: Stop = 1
    rtscts: bool = False
    reset: bool = False
    quiet_s: float = QUIET_S

    @classmethod
    def parse(cls, url: LinkUrl) -> Self:
        """Read ``serial:/dev/...?baud=500000``.

        Raises:
            DriverError: it names no port, or an option is wrong.
        """
        url.only("baud", "bits", "parity", "stop", "rtscts", "reset", "quiet")
        path = unquote(url.target)
        if not path.startswith("/") or path.endswith("/") or "\0" in path:
            raise DriverError(
                "it does not say which port",
                where=url.text,
                mend="Write serial:/dev/serial/by-id/NAME; `edged scan` lists the ports.",
            )
        bits: Mapping[str, Bits] = {"5": 5, "6": 6, "7": 7, "8": 8}
        parity: Mapping[str, Parity] = {"none": "none", "even": "even", "odd": "odd"}
        stop: Mapping[str, Stop] = {"1": 1, "2": 2}
        return cls(
            path,
            _rates(url),
            _one_of(url, "bits", bits, "8"),
            _one_of(url, "parity", parity, "none"),
            _one_of(url, "stop", stop, "1"),
            _one_of(url, "rtscts", _NO_YES, "0"),
            _one_of(url, "reset", _NO_YES, "0"),
            url.number("quiet", QUIET_S, minimum=0, maximum=10),
        )


def is_rate(rate: int) -> bool:
    """Return whether some port may have this rate, in baud."""
    return _LOWEST <= rate <= _HIGHEST


def port_link(path: str) -> str:
    """Return the URL of a port, without options."""
    return f"serial:{quote(path, safe='/:@+=,')}"


def _rates(url: LinkUrl) -> tuple[int, ...]:
    text = url.options.get("baud")
    if text is None:
        return BAUD_RATES
    rates = [int(part) if part.isascii() and part.isdigit() else 0 for part in text.split(",")]
    if not all(map(is_rate, rates)) or len(rates) > _MOST_RATES or len(set(rates)) != len(rates):
        raise DriverError(
            f"baud={text} is neither a baud rate nor a list of different ones",
            where=url.text,
            mend=f"Write baud=115200, or up to {_MOST_RATES} to search: baud=115200,500000.",
        )
    return tuple(rates)


def _one_of(url: LinkUrl, option: str, choices: Mapping[str, T], default: str) -> T:
    text = url.options.get(option, default)
    if text not in choices:
        raise DriverError(f"{option}={text} is not one of {', '.join(choices)}", where=url.text)
    return choices[text]
