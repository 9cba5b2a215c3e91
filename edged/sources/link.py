"""The Link contract, and the registry of links by the scheme of their URL."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, Self, cast
from urllib.parse import parse_qsl, urlsplit

from edged.clock import Clock
from edged.config.model import BleConfig
from edged.errors import DriverError, EdgedError
from edged.model import Channel, Packet
from edged.sources import registry
from edged.sources.equipment import Equipment

LINKS: Final[Mapping[str, str]] = {
    "ble": "drivers.links.ble:BleLink",
    "replay": "drivers.links.replay:ReplayLink",
    "serial": "drivers.links.serial:SerialLink",
    "sim": "drivers.links.sim:SimLink",
    "tcp": "drivers.links.tcp:TcpLink",
}
"""Scheme to factory; packages add theirs by the entry-point group ``edged.links``."""

Deliver = Callable[[Packet], None]

LinkPhase = Literal[
    "searching", "connecting", "subscribing", "streaming", "no_room", "adapter_down", "reboot_needed"
]
"""How far a link has got that takes its time: ``streaming`` once the device may speak."""

Report = Callable[[LinkPhase, EdgedError | None], None]
"""Takes the phase, and what is in the way, where something is."""


class Link(Protocol):
    """Moves packets to and from one device, and knows no meaning."""

    async def run(self, deliver: Deliver) -> None:
        """Deliver every packet that comes in until cancelled, or until a trace ends.

        Raises:
            SourceLost: the device is gone; the caller may run the link again.
            DriverError: it can never work as configured.
            TraceError: what it should play is no trace.
        """

    async def send(self, command: Packet) -> None:
        """Send a command to the device.

        Raises:
            SourceLost: there is no connection to send it over.
        """


async def _always_room() -> None:
    return


def _unheard(_phase: LinkPhase, _problem: EdgedError | None) -> None:
    return


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What a link may use of the node.

    Attributes:
        clock: stamps packets and lets time pass.
        room: waits until the record lane has room. A link that can hold its source back (a file)
            awaits it after each packet; a radio cannot, and does not.
        source: the source it is for, as messages name it.
        channels: those that the decoder wants, in the order to start them.
        report: called on each change of phase by a link that has any. From a link that never calls it,
            the device may speak from the start.
        equipment: what the links of this node share.
        ble: settings of Bluetooth adapters.
    """

    clock: Clock
    room: Callable[[], Awaitable[None]] = _always_room
    source: str = ""
    channels: tuple[Channel, ...] = ()
    report: Report = _unheard
    equipment: Equipment = field(default_factory=Equipment)
    ble: BleConfig = field(default_factory=BleConfig)


@dataclass(frozen=True, slots=True)
class LinkUrl:
    """A link's address, such as ``sim:resting?seed=1`` or ``tcp://localhost:5555``.

    Attributes:
        text: the URL as written.
        scheme: what is before the first colon.
        target: what is between it and ``?``, without leading ``//``.
        options: what is behind ``?``, each key once.
    """

    text: str
    scheme: str
    target: str
    options: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a URL apart.

        Raises:
            DriverError: it has no scheme, or says a thing twice.
        """
        if text != text.strip() or "#" in text:
            raise DriverError(
                "a link has neither blanks around it nor a '#'",
                where=text,
                mend="Write %23 for a '#' in an option.",
            )
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise DriverError(f"not a URL: {error}", where=text) from error
        if not parts.scheme:
            raise DriverError(
                "a link is a URL with a scheme",
                where=text or "empty link",
                mend=f"Begin with one of: {', '.join(f'{name}:' for name in known_links())}",
            )
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        options = dict(pairs)
        if len(options) != len(pairs):
            raise DriverError("an option is given twice", where=text, mend="Keep one of them.")
        target = text[len(parts.scheme) + 1 :].partition("?")[0].removeprefix("//")
        return cls(text, parts.scheme, target, options)

    def only(self, *known: str) -> None:
        """Refuse options that the link does not know.

        Raises:
            DriverError: naming the option and the known ones.
        """
        for option in self.options:
            if option not in known:
                raise DriverError(
                    f"unknown option {option!r}",
                    where=self.text,
                    mend=f"Known: {', '.join(known)}." if known else "This link takes none.",
                )

    def number(self, option: str, default: float, *, minimum: float, maximum: float) -> float:
        """Return a numeric option.

        Raises:
            DriverError: not a number, or out of range.
        """
        text = self.options.get(option)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not minimum <= value <= maximum:
            raise DriverError(
                f"{option}={text} is not a number from {minimum:g} to {maximum:g}", where=self.text
            )
        return value


class LinkFactory(Protocol):
    """What a registry entry names: a class or function that makes a link, without I/O.

    Raises:
        DriverError: the URL asks for something that this link does not have.
    """

    def __call__(self, url: LinkUrl, context: LinkContext) -> Link:
        """Make the link."""


def known_links() -> list[str]:
    """Return every scheme there is a link for."""
    return registry.names(LINKS, "edged.links")


def open_link(text: str, context: LinkContext) -> Link:
    """Make the link a URL names; nothing is connected yet.

    Raises:
        DriverError: no such scheme, or the link refuses the URL.
    """
    url = LinkUrl.parse(text)
    factory = registry.load(url.scheme, table=LINKS, group="edged.links", kind="link")
    return cast("LinkFactory", factory)(url, context)


def scheme_of(text: str) -> str:
    """Return the scheme of a link's URL, right or wrong as the rest of it may be; empty where it has none."""
    return text.partition(":")[0].lower() if ":" in text else ""


def shown_link(text: str) -> str:
    """Return a link's URL without user and password, as it may be shown."""
    scheme, colon, rest = text.partition(":")
    authority, slash, path = rest.removeprefix("//").partition("/")
    if "@" not in authority:
        return text
    return (
        f"{scheme}{colon}{'//' if rest.startswith('//') else ''}{authority.rpartition('@')[2]}{slash}{path}"
    )
