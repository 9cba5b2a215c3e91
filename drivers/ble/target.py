"""Which device a ``ble:`` link means."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from drivers.ble.names import is_name, short
from edged.errors import DriverError
from edged.sources.link import LinkUrl

_ADDRESS: Final = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
_LOOKS_LIKE_ONE: Final = re.compile(r"[0-9A-Fa-f]{1,2}([:-][0-9A-Fa-f]{1,2}){3,}")
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Target:
    """What a link looks for.

    Attributes:
        text: as the configuration has it.
        address: of the one device; empty for any that fits the rest.
        pattern: of its name, ``*`` for any characters; capitals do not matter; empty for any name.
        service: that it must offer, in short; empty for any.
        adapter: address of the one adapter that it may use; empty for any.
        bond: whether it is bonded with at once, instead of when it asks for it.
    """

    text: str
    address: str = ""
    pattern: str = ""
    service: str = ""
    adapter: str = ""
    bond: bool = False

    @classmethod
    def parse(cls, url: LinkUrl) -> Self:
        """Read ``ble:ADDRESS``, ``ble:NAME*`` or ``ble:any?service=180d``.

        Raises:
            DriverError: it is none of these, or an option is wrong.
        """
        url.only("service", "adapter", "bond")
        service = short(url.options.get("service", ""))
        if "service" in url.options and not is_name(service):
            raise DriverError(
                f"service={url.options['service']} is no service", where=url.text, mend="Write service=180d."
            )
        adapter = url.options.get("adapter", "").upper()
        if "adapter" in url.options and not _ADDRESS.fullmatch(adapter):
            raise DriverError(
                f"adapter={url.options['adapter']} is no address of an adapter",
                where=url.text,
                mend="Write adapter=00:1A:7D:DA:71:13; `bluetoothctl list` shows it.",
            )
        bond = bool(url.number("bond", 0, minimum=0, maximum=1))
        told = url.target.strip()
        if _ADDRESS.fullmatch(told.upper()):
            return cls(url.text, told.upper(), "", service, adapter, bond)
        if _LOOKS_LIKE_ONE.fullmatch(told):
            raise DriverError(
                f"{told!r} is no address", where=url.text, mend="Write six pairs: ble:C4:8A:00:12:34:56."
            )
        is_any = told.casefold() == ANY
        if not told.strip("*") or (is_any and not service):
            raise DriverError(
                "it does not say which device",
                where=url.text,
                mend="Write ble:ADDRESS, ble:NAME*, or ble:any?service=180d; `edged scan` lists them.",
            )
        return cls(url.text, "", "" if is_any else told, service, adapter, bond)

    def matches(self, address: str, name: str, services: Collection[str]) -> bool:
        """Return whether a device is meant; its services in short.

        One that is known by its address need not tell name or services: BlueZ may not know them yet.
        """
        if self.address:
            return address.upper() == self.address
        if self.service and self.service not in services:
            return False
        if not self.pattern:
            return True
        parts = (re.escape(part) for part in self.pattern.casefold().split("*"))
        return re.fullmatch(".*".join(parts), name.casefold(), re.DOTALL) is not None
