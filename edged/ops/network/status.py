"""What is known of network and time, as one document. Every value may be missing."""

from typing import Literal

from pydantic import Field

from edged.ops.document import Document

InterfaceKind = Literal["ethernet", "wifi", "loopback", "virtual", "other"]
Reach = Literal["board", "network"]


class WirelessStatus(Document):
    """The Wi-Fi that an interface is in."""

    name: str = Field(description="SSID; empty where the kernel does not tell.")
    signal_dbm: int | None = Field(description="Null where the driver does not tell.")
    strength: Literal["strong", "fair", "weak"] | None


class InterfaceStatus(Document):
    """One network interface."""

    name: str = Field(description="As the system calls it: eth0, wlan0.")
    kind: InterfaceKind
    link: Literal["up", "down", "unknown"] = Field(description="Whether a cable, or a Wi-Fi, is connected.")
    mac: str = Field(description="Hardware address; empty where it has none.")
    addresses: list[str] = Field(description="With the length of their prefix, such as 192.168.1.7/24.")
    speed_mbit: int | None = Field(description="Of a cable; null where it is not known.")
    wireless: WirelessStatus | None


class GatewayStatus(Document):
    """Where everything goes that is not in the network itself."""

    address: str
    interface: str


class PageAddress(Document):
    """An address at which the page answers."""

    url: str
    interface: str = Field(description="Empty for a name.")
    reach: Reach = Field(description="`board`: from this board itself only.")


class TimeStatus(Document):
    """The clock."""

    utc: str = Field(description="RFC 3339 UTC.")
    synced: bool | None = Field(description="Whether a time server has set it; null where nobody tells.")
    program: str = Field(
        description="What sets it: chrony, systemd-timesyncd; empty where that is not known."
    )
    server: str = Field(description="By which it is set; empty where that is not known.")
    stratum: int | None = Field(description="Of that server, plus one: 1 is a reference clock.")
    offset_ms: float | None = Field(description="It is still off by; positive, it is behind.")
    max_error_ms: float | None = Field(description="It may be off by, at most, as the kernel reckons.")
    set_s: float | None = Field(description="Seconds since a time server set it last.")
    zone: str = Field(description="Time zone, such as Europe/Vienna; empty where that is not known.")
    zone_min: int = Field(description="What its time is ahead of UTC now, minutes.")
    boot: str = Field(description="Boot identity.")
    up_s: float | None = Field(description="Seconds since this board started.")


class NetworkStatus(Document):
    """Network and time."""

    v: Literal[1] = 1
    host: str = Field(description="Name of this board.")
    interfaces: list[InterfaceStatus]
    gateways: list[GatewayStatus] = Field(description="Default routes, the one that is taken first.")
    name_servers: list[str]
    pages: list[PageAddress] = Field(description="Where the page answers now; empty where that is not known.")
    time: TimeStatus
