"""The broker, step by step as the uplink goes there: name, connection, TLS, MQTT."""

import asyncio
import errno
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Final, Literal

from edged.clock import Clock, time_limit
from edged.config.model import UplinkConfig
from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.model import NS_PER_MS, NS_PER_S
from edged.ops.doctor.certificate import certificate_findings
from edged.ops.doctor.finding import Fact, Finding, failed, not_here, problem, well
from edged.ops.doctor.patient import Patient
from edged.publish.address import BrokerAddress, Version
from edged.publish.certificate import inspect
from edged.publish.mqtt import connect
from edged.publish.password import broker_password
from edged.publish.transport import CONNECT_TIMEOUT_S, host_and_port

CHECK: Final = "broker"
_TITLE: Final = "Broker"
_CREDENTIALS: Final = ("run/credentials/edged.service", "etc/edged/credentials")
"""Where systemd puts them for the service, and from where; each is named ``edged_`` in the first."""
_NETWORK: Final = "Look at cable, Wi-Fi and address of this board: `ip address`, `ip route`."
_MENDS: Final[Mapping[int, tuple[str, str]]] = {
    errno.ECONNREFUSED: (
        "nobody listens there",
        "Start the broker, or correct the port in uplink.url; a broker may listen on its own machine only.",
    ),
    errno.ENETUNREACH: ("there is no way there", _NETWORK),
    errno.EHOSTUNREACH: ("there is no way there", _NETWORK),
}
_NO_ANSWER: Final = (
    f"no answer within {CONNECT_TIMEOUT_S:g} s",
    "Look whether the broker's machine is on, and whether a firewall is between.",
)


async def check_broker(patient: Patient) -> Sequence[Finding]:
    """Go there beside the uplink, under a name of our own; the first step that fails is told of."""
    uplink = patient.config.uplink
    if uplink is None:
        return [not_here(CHECK, _TITLE, "no broker is configured: everything stays on this board")]
    host, port = host_and_port(uplink.url)
    try:
        await _resolve(patient, host, port)
        address = _address(patient, uplink)
        shown = await _secure(patient, address)
        if any(each.level == "problem" for each in shown):
            return shown
        speak = partial(_speak, patient.clock, uplink.protocol, address)
        return [await patient.threads.run("MQTT", lambda: asyncio.run(speak())), *shown]
    except (BrokerUnreachable, BrokerRefused) as error:
        return [failed(CHECK, _TITLE, error, mend="Look at the broker's log.")]
    except OSError as error:
        code = error.errno or 0
        what, mend = _NO_ANSWER if isinstance(error, TimeoutError) else _MENDS.get(code, _other(error))
        return [problem(CHECK, _TITLE, what, where=uplink.url, mend=mend)]


def _other(error: OSError) -> tuple[str, str]:
    return f"no connection: {error.strerror or error}", _NETWORK


async def _resolve(patient: Patient, host: str, port: int) -> None:
    """See that the host's name has an address.

    Raises:
        BrokerUnreachable: it has none, or nobody knows.
    """
    servers = "Look at the network and its name servers: `resolvectl status`; or use the broker's address."
    try:
        async with time_limit(patient.clock, CONNECT_TIMEOUT_S):
            await patient.threads.run(
                "name of the broker", lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
    except (socket.gaierror, UnicodeError) as error:
        mend = f"Check the spelling in uplink.url. {servers}"
        raise BrokerUnreachable(f"the name {host} is not known", where=host, mend=mend) from error
    except TimeoutError as error:
        raise BrokerUnreachable(
            f"no name server answers, which knows {host}", where=host, mend=servers
        ) from error


def _address(patient: Patient, uplink: UplinkConfig) -> BrokerAddress:
    """Return the uplink's address under another name, since a second client of its own would end it.

    Raises:
        BrokerRefused: the password cannot be read.
    """
    node = patient.config.node
    return BrokerAddress(
        url=uplink.url,
        client_id=f"edged-{node.site}-{node.name}-doctor-{token_hex(4)}",
        username=uplink.username,
        password=broker_password(_readable(patient, uplink), patient.environment),
        ca_file=uplink.ca_file,
        keepalive_s=uplink.keepalive_s,
    )


def _readable(patient: Patient, uplink: UplinkConfig) -> UplinkConfig:
    """Return the uplink with the file of its password where another process than the service finds it."""
    named = uplink.password_file
    if named is None or len(named.parts) > 1 or "CREDENTIALS_DIRECTORY" in patient.environment:
        return uplink
    handed_over, kept = (patient.root / folder for folder in _CREDENTIALS)
    for file in (handed_over / named, kept / str(named).removeprefix("edged_")):
        if file.exists():
            return uplink.model_copy(update={"password_file": Path(file).absolute()})
    return uplink


async def _secure(patient: Patient, address: BrokerAddress) -> list[Finding]:
    """Connect, and where TLS is spoken look at its certificate.

    Raises:
        OSError: no connection.
        BrokerUnreachable: no TLS is spoken there.
    """
    if address.url.startswith(("mqtts:", "wss:")):
        inspection = await patient.threads.run("certificate of the broker", lambda: inspect(address))
        now_s = patient.clock.utc_ns() / NS_PER_S
        return certificate_findings(inspection, address, now_s, patient.clock.quality())
    await patient.threads.run(
        "connection to the broker",
        lambda: socket.create_connection(host_and_port(address.url), CONNECT_TIMEOUT_S).close(),
    )
    return []


async def _speak(clock: Clock, protocol: Literal["auto", "5", "3.1.1"], address: BrokerAddress) -> Finding:
    """Be taken in by the broker, in the version of MQTT that the uplink would use.

    It has a loop of its own: to read the system's certificate authorities takes a small board longer than a
    live value may wait.

    Raises:
        BrokerUnreachable: it does not answer.
        BrokerRefused: it says no.
    """
    if protocol != "auto":
        return await _connected(clock, protocol, address)
    try:
        return await _connected(clock, "5", address)
    except VersionRefused:
        return await _connected(clock, "3.1.1", address)


async def _connected(clock: Clock, version: Version, address: BrokerAddress) -> Finding:
    began_ns = clock.mono_ns()
    async with connect(address, version) as session:
        took_ms = (clock.mono_ns() - began_ns) / NS_PER_MS
        facts: dict[str, Fact] = {"mqtt": session.version, "connected_in_ms": round(took_ms, 1)}
        return well(CHECK, _TITLE, "it takes this node", where=address.url, **facts)
