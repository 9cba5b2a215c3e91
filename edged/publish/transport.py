"""Makes the paho client for one connection: TCP, TLS or WebSocket, and what paho leaves open is closed."""

import os
import socket
import ssl
from errno import ECONNRESET
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edged.errors import BrokerUnreachable
from edged.publish.address import BrokerAddress, Version

CONNECT_TIMEOUT_S: Final = 5.0
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
_SEND_BUFFER_BYTES: Final = 64 * 1024
"""Small, so that a live message never queues behind much of the record lane on a slow network."""


def host_and_port(url: str) -> tuple[str, int]:
    """Return where a broker's URL leads, its usual port where it names none."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def make_client(address: BrokerAddress, version: Version) -> paho.Client:
    """Return a client that is not connected yet, for one connection.

    Raises:
        BrokerUnreachable: the certificate authority cannot be read.
    """
    parts = urlsplit(address.url)
    websocket = parts.scheme in {"ws", "wss"}
    client = _Client(
        CallbackAPIVersion.VERSION2,
        client_id=address.client_id,
        clean_session=None if version == "5" else not address.session_s,
        protocol=MQTTProtocolVersion.MQTTv5 if version == "5" else MQTTProtocolVersion.MQTTv311,
        transport="websockets" if websocket else "tcp",
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.max_inflight_messages_set(0)
    if websocket:
        client.ws_set_options(path=parts.path or "/mqtt")
    if parts.scheme in {"mqtts", "wss"}:
        client.tls_set_context(trust(address))
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.will is not None:
        client.will_set(address.will.topic, address.will.payload, 1, address.will.retain)
    return client


def trust(address: BrokerAddress) -> ssl.SSLContext:
    """Return whom to trust at the other end of a TLS connection.

    Raises:
        BrokerUnreachable: the certificate authority cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=address.ca_file)
    except OSError as error:  # of which SSLError is one: no certificates in the file
        raise BrokerUnreachable(
            f"the certificate authority cannot be read from {address.ca_file}: {error.strerror or error}",
            where=address.url,
            mend="Check uplink.ca_file.",
        ) from error
    context.sslsocket_class = _TlsSocket
    return context


def peer_certificate(client: paho.Client) -> dict[str, Any]:
    """Return the certificate that the broker has shown on this connection; empty without TLS."""
    made = client.made if isinstance(client, _Client) else None
    try:
        return (made.getpeercert() or {}) if isinstance(made, ssl.SSLSocket) else {}
    except (OSError, ValueError):  # it has been closed, or shakes hands still
        return {}


class _TlsSocket(ssl.SSLSocket):
    """Closes itself where the handshake fails, or there is nobody left for it; others leave it open."""

    def getpeername(self) -> Any:
        try:
            return super().getpeername()
        except OSError as error:  # ssl asks first, and would go on with what was reset
            self.close()
            raise ConnectionResetError(ECONNRESET, os.strerror(ECONNRESET)) from error

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  overrides a method whose callers pass it by position
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class _Client(paho.Client):
    """paho's, with a small send buffer, and closing the socket where a WebSocket's handshake fails."""

    made: socket.socket | None = None

    def _create_socket(self) -> "paho.SocketLike":
        try:
            return super()._create_socket()
        except BaseException:
            if self.made is not None:
                self.made.close()
            raise

    def _create_socket_connection(self) -> socket.socket:
        self.made = made = super()._create_socket_connection()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        self.made = wrapped = super()._ssl_wrap_socket(tcp_sock)
        return wrapped
