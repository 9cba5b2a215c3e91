"""One connection to one MQTT broker, on the event loop. Only this module and transport know paho.

A ``Session`` is one connection from CONNACK to its end; it is never reused, so that nothing of an
earlier connection lingers: what has to survive lives in the journal.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.publish.address import BrokerAddress, Message, Version
from edged.publish.transport import CONNECT_TIMEOUT_S, host_and_port, make_client, peer_certificate

_MISC_INTERVAL_S: Final = 1.0
_RECEIVE_MAXIMUM: Final = 65535
_EARLY_MESSAGES: Final = 1024
_SUBACK_FAILED: Final = 0x80
_UNSUPPORTED_VERSION: Final = 0x84
_BUSY: Final = frozenset({0x88, 0x89, 0x9F})
"""Server unavailable, server busy, connection rate exceeded: a CONNACK that may be another one soon."""

_CREDENTIALS: Final = "Check uplink.username, uplink.password and what the broker allows them."
_NO_MQTT: Final = "Check that uplink.url leads to an MQTT broker, and uplink.protocol."
_LOOK: Final = "Look whether the broker and the network run."
_WILL_NOT_HAVE_US: Final[Mapping[int, str]] = {
    0x87: _CREDENTIALS,
    0x8E: "Another client has the same name: give every node its own node.name.",
    0x95: "Raise the broker's maximum packet size, or lower uplink.batch_bytes.",
}
"""Reason of a broker's DISCONNECT (MQTT 5, 3.14.2.1) to its mend; to connect again at once is no use."""


class _Socket(Protocol):
    """What paho has: a socket, or its wrapper of one."""

    def fileno(self) -> int: ...
    def close(self) -> None: ...


class Session:
    """One live connection.

    Attributes:
        version: of MQTT, in use.
        receive_maximum: how many QoS 1 messages the broker takes at once.
        maximum_packet: the largest packet it takes, bytes.
        has_drained: called when the socket takes bytes again.
        will_is_due: whether the broker is to say the will when we leave too; whoever said good-bye in
            words sets it to False.
    """

    def __init__(self, client: paho.Client, version: Version, where: str, *, will_is_due: bool) -> None:
        self.version = version
        self.receive_maximum = _RECEIVE_MAXIMUM
        self.maximum_packet = 1 << 28
        self.has_drained: Callable[[], None] = _nothing
        self.will_is_due = will_is_due
        self._client = client
        self._where = where
        self._loop = asyncio.get_running_loop()
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._acks: dict[int, asyncio.Future[None]] = {}
        self._subacks: dict[int, asyncio.Future[None]] = {}
        self._unacknowledged: int | None = None
        self._early: deque[Message] = deque(maxlen=_EARLY_MESSAGES)
        self._slots = asyncio.Semaphore(1)
        self._drained = asyncio.Event()
        self._ends_by_us = False
        self._sock: _Socket | None = None
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_early_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_open = self._from_any_thread(self._on_socket_open)
        client.on_socket_close = self._from_any_thread(self._on_socket_close)
        client.on_socket_register_write = self._from_any_thread(self._on_register_write)
        client.on_socket_unregister_write = self._from_any_thread(self._on_unregister_write)

    @classmethod
    @asynccontextmanager
    async def connected(cls, address: BrokerAddress, version: Version) -> "AsyncIterator[Session]":
        """Connect; the session lasts as long as the context at most.

        Raises:
            BrokerUnreachable: no connection, or no answer.
            BrokerRefused: the broker answered and said no.
            VersionRefused: it does not speak this version.
        """
        host, port = host_and_port(address.url)
        client = make_client(address, version)
        session = cls(client, version, address.url, will_is_due=address.will is not None)
        misc = asyncio.create_task(session._keep_alive(), name="mqtt keep-alive")
        try:
            await session._open(host, port, address)
            yield session
        finally:
            misc.cancel()
            await session._close()

    @property
    def writable(self) -> bool:
        """Whether what is published now goes to the socket now."""
        return not self._ended.done() and not self._client.want_write()

    def peer_certificate(self) -> dict[str, Any]:
        """Return the broker's certificate, as ``SSLSocket.getpeercert`` has it; empty without TLS."""
        return peer_certificate(self._client)

    def send(self, message: Message, *, expiry_s: int | None = None) -> bool:
        """Publish at QoS 0 without waiting; return False, and send nothing, while it would have to wait."""
        if not self.writable:
            return False
        properties = None
        if self.version == "5" and expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(message.topic, message.payload, 0, message.retain, properties)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        self._unacknowledged = info.mid
        self._client.loop_write()
        return True

    async def post(self, message: Message) -> asyncio.Future[None]:
        """Publish at QoS 1 as soon as broker and socket take one more; return what tells of its PUBACK.

        Nothing queues here, so a live message is never behind more than the socket holds. The future
        raises BrokerRefused where the broker says no, BrokerUnreachable where the connection ends.

        Raises:
            BrokerUnreachable: the connection has ended.
            BrokerRefused: the message is larger than the broker takes.
        """
        if len(message.payload) + len(message.topic) + 16 > self.maximum_packet:
            raise BrokerRefused(
                f"a message of {len(message.payload)} bytes is larger than the broker takes "
                f"({self.maximum_packet})",
                where=self._where,
                mend="Raise the broker's maximum packet size, or lower uplink.batch_bytes.",
            )
        await self._slots.acquire()
        try:
            while not self._ended.done() and self._client.want_write():
                self._drained.clear()
                await self._drained.wait()
        except asyncio.CancelledError:
            self._slots.release()
            raise
        if self._ended.done():
            self._slots.release()
            raise self._gone()
        info = self._client.publish(message.topic, message.payload, 1, message.retain)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._slots.release()
            raise self._gone()
        ack: asyncio.Future[None] = self._loop.create_future()
        ack.add_done_callback(lambda _: self._slots.release())
        self._acks[info.mid] = ack
        self._client.loop_write()
        return ack

    async def publish(self, message: Message) -> None:
        """Publish at QoS 1 and wait for the PUBACK.

        Raises:
            BrokerUnreachable: the connection has ended.
            BrokerRefused: the broker said no.
        """
        await (await self.post(message))

    async def subscribe(self, handle: Callable[[Message], None], *patterns: str) -> None:
        """Have every message whose topic matches handed over, at QoS 1.

        From a session that the broker kept, messages come before we can ask: they are handed over first.

        Raises:
            BrokerUnreachable: the connection has ended.
            BrokerRefused: the broker does not allow it.
        """

        def hand_over(_client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
            handle(Message(message.topic, bytes(message.payload), bool(message.retain)))

        for pattern in patterns:
            self._client.message_callback_add(pattern, hand_over)
        early = list(self._early)
        self._early.clear()
        for message in early:
            if any(paho.topic_matches_sub(pattern, message.topic) for pattern in patterns):
                handle(message)
            else:
                self._early.append(message)
        result, mid = self._client.subscribe([(pattern, 1) for pattern in patterns])
        if result is not MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise self._gone()
        suback = self._subacks[mid] = self._loop.create_future()
        await suback

    async def wait_ended(self) -> None:
        """Wait until the connection has ended.

        Raises:
            BrokerUnreachable: always; it says why.
            BrokerRefused: the broker ended it, and said that it will not have us.
        """
        await asyncio.shield(self._ended)

    async def _open(self, host: str, port: int, address: BrokerAddress) -> None:
        """Connect, TLS included, in a thread (paho's connect blocks), and wait for the CONNACK."""
        try:
            async with asyncio.timeout(2 * CONNECT_TIMEOUT_S):
                await asyncio.to_thread(self._connect, host, port, address)
        except TimeoutError as error:
            raise BrokerUnreachable(
                "nobody answers there", where=self._where, mend="Check uplink.url and the network."
            ) from error
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", None) or error.reason or str(error)
            raise BrokerUnreachable(
                f"TLS failed: {reason}",
                where=self._where,
                mend="Check the broker's certificate, uplink.ca_file and the clock.",
            ) from error
        except (OSError, UnicodeError, IndexError) as error:  # the latter two: no host name, no WebSocket
            reason = getattr(error, "strerror", None) or str(error)
            raise BrokerUnreachable(
                f"no connection: {reason}",
                where=self._where,
                mend="Check that the broker runs, uplink.url and the network.",
            ) from error
        try:
            async with asyncio.timeout(address.answer_s):
                await asyncio.shield(self._connected)
        except TimeoutError as error:  # a broker that misreads the newer CONNECT waits for more of it
            raise self._refused(
                "the broker takes the connection, but says nothing", VersionRefused, _NO_MQTT
            ) from error

    def _connect(self, host: str, port: int, address: BrokerAddress) -> None:
        if self._client.protocol == MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = address.session_s
            self._client.connect(
                host, port, address.keepalive_s, clean_start=not address.session_s, properties=properties
            )
        else:
            self._client.connect(host, port, address.keepalive_s)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_MISC_INTERVAL_S)
            self._client.loop_misc()

    async def _close(self) -> None:
        """Say good-bye where the connection still stands, and let go of the socket.

        A good-bye would have the broker forget the will; as long as that is due, we just hang up.
        """
        self._ends_by_us = True
        stands = not self._ended.done() and self._connected.done() and not self._connected.exception()
        if stands and not self.will_is_due:
            self._client.disconnect()
            self._client.loop_write()
        client, sock = self._client, self._client.socket()
        if sock is not None:
            self._forget_socket(sock)
            sock.close()
        client.on_socket_open = _close_at_once  # a thread may still be connecting
        client.on_socket_close = None
        client.on_socket_register_write = client.on_socket_unregister_write = None
        self._end(self._gone())
        self._ended.exception()  # seen by whoever waits, and by us

    def _from_any_thread(self, on_loop: Callable[[_Socket], None]) -> Callable[..., None]:
        """Hand over what paho calls from the thread that connects, or later from the loop."""
        loop_thread = asyncio.get_running_loop()

        def call(_client: paho.Client, _userdata: object, sock: _Socket) -> None:
            try:
                running = asyncio.get_running_loop()
            except RuntimeError:
                running = None
            if running is loop_thread:
                on_loop(sock)
            else:
                loop_thread.call_soon_threadsafe(on_loop, sock)

        return call

    def _on_socket_open(self, sock: _Socket) -> None:
        if self._ends_by_us:  # given up while the thread was still connecting
            sock.close()
            return
        self._sock = sock
        self._loop.add_reader(sock, self._read)

    def _on_socket_close(self, sock: _Socket) -> None:
        self._forget_socket(sock)

    def _forget_socket(self, sock: _Socket) -> None:
        self._sock = None
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_register_write(self, sock: _Socket) -> None:
        if not self._ends_by_us and sock.fileno() >= 0:
            self._loop.add_writer(sock, self._write)

    def _on_unregister_write(self, sock: _Socket) -> None:
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock)

    def _read(self) -> None:
        sock = self._sock
        self._client.loop_read()
        while self._sock is sock and getattr(sock, "pending", int)() > 0:  # TLS holds bytes back
            self._client.loop_read()

    def _write(self) -> None:
        self._client.loop_write()
        if self.writable:
            self.has_drained()
            self._drained.set()

    def _on_connect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if self._connected.done():
            return
        if reason.is_failure:
            self._connected.set_exception(self._refusal(reason))
            return
        told = properties.json() if properties is not None else {}
        self.receive_maximum = int(told.get("ReceiveMaximum", _RECEIVE_MAXIMUM))
        self.maximum_packet = int(told.get("MaximumPacketSize", self.maximum_packet))
        self._slots = asyncio.Semaphore(self.receive_maximum)
        self._connected.set_result(None)

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._connected.done():
            self._end(self._refused("the broker hung up without an answer", VersionRefused, _NO_MQTT))
        elif flags.is_disconnect_packet_from_server and reason.value in _WILL_NOT_HAVE_US:
            mend = _WILL_NOT_HAVE_US[reason.value]
            self._end(self._refused(f"the broker ended the connection: {reason}", mend=mend))
        self._end(BrokerUnreachable(f"the connection ended: {reason}", where=self._where, mend=_LOOK))

    def _on_publish(
        self,
        _client: paho.Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if mid == self._unacknowledged:  # a live message is out; its number may be one still under way
            self._unacknowledged = None
            return
        ack = self._acks.pop(mid, None)
        if ack is None or ack.done():
            return
        if reason.is_failure:
            ack.set_exception(self._refused(f"the broker did not take a message: {reason}"))
            ack.exception()  # whoever waits gets it; whoever does not need not
        else:
            ack.set_result(None)

    def _on_early_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        self._early.append(Message(message.topic, bytes(message.payload), bool(message.retain)))

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        suback = self._subacks.pop(mid, None)
        if suback is None or suback.done():
            return
        if any(reason.value >= _SUBACK_FAILED for reason in reasons):
            suback.set_exception(self._refused("the broker does not allow a subscription"))
        else:
            suback.set_result(None)

    def _end(self, error: BrokerUnreachable | BrokerRefused) -> None:
        """Tell everyone who waits that the connection is over."""
        waiting = [self._connected, self._ended, *self._acks.values(), *self._subacks.values()]
        self._acks.clear()
        self._subacks.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # whoever waits gets it; whoever does not need not
        self._slots.release()
        self._drained.set()

    def _gone(self) -> BrokerUnreachable:
        return BrokerUnreachable("the connection has ended", where=self._where, mend=_LOOK)

    def _refusal(self, reason: ReasonCode) -> BrokerUnreachable | BrokerRefused:
        what = f"the broker refuses: {reason}"
        if reason.value in _BUSY:
            return BrokerUnreachable(what, where=self._where, mend=_LOOK)
        if reason.value == _UNSUPPORTED_VERSION:
            return self._refused(what, VersionRefused, "Set uplink.protocol to one that the broker speaks.")
        return self._refused(what)

    def _refused(
        self, what: str, kind: type[BrokerRefused] = BrokerRefused, mend: str = _CREDENTIALS
    ) -> BrokerRefused:
        return kind(what, where=self._where, mend=mend)


connect: Final = Session.connected
"""The way to a session."""


def _close_at_once(_client: paho.Client, _userdata: object, sock: _Socket) -> None:
    sock.close()


def _nothing() -> None:
    return
