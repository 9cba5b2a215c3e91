"""One connection: against mosquitto, and against brokers that misbehave."""

import asyncio
import gc
import json
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.publish.address import BrokerAddress, Message, Version
from edged.publish.mqtt import Session, connect
from edged.publish.transport import trust
from edged.sim.broker import embedded_broker
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.ports import free_ports
from tests.rigs.scripted_broker import ACCEPTED_3, ACCEPTED_5, HANG_UP, SAY_NOTHING, ScriptedBroker
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
WILL = Message("edged/v1/hall/desk/status", b'{"state":"offline"}', retain=True)


def address(url: str, **more: Any) -> BrokerAddress:
    return BrokerAddress(url, more.pop("client_id", "edged-test"), **more)


@asynccontextmanager
async def listening(url: str, *patterns: str, version: Version = "5") -> AsyncIterator[list[Message]]:
    heard: list[Message] = []
    async with connect(BrokerAddress(url, "listener"), version) as session:
        await session.subscribe(heard.append, *patterns)
        yield heard


async def refusal(where: BrokerAddress, version: Version = "5") -> BrokerRefused | BrokerUnreachable:
    try:
        async with connect(where, version):
            pytest.fail("it should not connect")
    except (BrokerRefused, BrokerUnreachable) as error:
        return error


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_messages_go_and_come(mosquitto: Mosquitto, version: Version) -> None:
    async with (
        listening(mosquitto.url, "a/#", version=version) as heard,
        connect(address(mosquitto.url), version) as session,
    ):
        assert session.version == version
        assert session.writable
        await session.publish(Message("a/1", b"one"))
        await session.publish(Message("a/2", b"two", retain=True))
        assert session.send(Message("a/3", b"three"), expiry_s=5)
        await until(lambda: len(heard) == 3)
    assert heard == [Message("a/1", b"one"), Message("a/2", b"two"), Message("a/3", b"three")]
    async with listening(mosquitto.url, "a/#") as later:
        await until(lambda: later)
    assert later == [Message("a/2", b"two", retain=True)]


async def test_websocket(mosquitto: Mosquitto) -> None:
    async with (
        listening(mosquitto.ws_url, "a/#") as heard,
        connect(address(mosquitto.ws_url), "5") as session,
    ):
        await asyncio.gather(*(session.publish(Message("a/b", bytes(2000))) for _ in range(200)))
        await until(lambda: len(heard) == 200)


async def test_the_broker_can_be_one_inside_the_process() -> None:
    tcp, websocket = free_ports(2)
    async with embedded_broker(tcp, websocket):
        for url in (f"mqtt://127.0.0.1:{tcp}", f"ws://127.0.0.1:{websocket}"):
            async with (
                listening(url, "a/#", version="3.1.1") as heard,
                connect(address(url), "3.1.1") as session,
            ):
                await session.publish(Message("a", b"x"))
                await until(partial(len, heard))


async def test_a_live_message_carries_its_expiry(mosquitto: Mosquitto) -> None:
    expiries: list[int] = []
    async with connect(address(mosquitto.url), "5") as session:
        await session.subscribe(lambda _: None, "a")
        session._client.message_callback_add(
            "a", lambda _c, _u, message: expiries.append(vars(message.properties)["MessageExpiryInterval"])
        )
        session.send(Message("a", b""), expiry_s=5)
        await until(lambda: expiries)
    assert expiries == [5]


async def test_what_a_kept_session_brings_before_we_can_ask_is_not_lost(mosquitto: Mosquitto) -> None:
    kept = address(mosquitto.url, client_id="archive", session_s=60)
    async with connect(kept, "5") as session:
        await session.subscribe(lambda _: None, "a/#", "b/#")
    async with connect(address(mosquitto.url), "5") as session:
        for i in range(60):
            await session.publish(Message("a" if i % 2 else "b", str(i).encode()))
    heard: list[bytes] = []
    async with connect(kept, "5") as session:
        await until(lambda: session._early)
        await session.subscribe(lambda m: heard.append(m.payload), "a/#", "b/#")
        await until(lambda: len(heard) == 60)
    assert heard == [str(i).encode() for i in range(60)]


async def test_what_came_early_waits_for_the_one_who_asks_for_it(mosquitto: Mosquitto) -> None:
    kept = address(mosquitto.url, client_id="archive", session_s=60)
    async with connect(kept, "5") as session:
        await session.subscribe(lambda _: None, "a", "b")
    async with connect(address(mosquitto.url), "5") as session:
        await session.publish(Message("a", b"1"))
        await session.publish(Message("b", b"2"))
    heard: list[Message] = []
    async with connect(kept, "5") as session:
        await until(lambda: len(session._early) == 2)
        await session.subscribe(heard.append, "b")
        assert heard == [Message("b", b"2")]
        await session.subscribe(heard.append, "a")
        assert heard[1:] == [Message("a", b"1")]


async def test_a_wrong_password_is_refused_with_words(tmp_path: Path) -> None:
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("needs mosquitto_passwd: apt-get install mosquitto")
    passwords = tmp_path / "passwords"
    await (await asyncio.create_subprocess_exec(tool, "-b", "-c", passwords, "ada", "right")).wait()
    passwords.chmod(0o644)
    extra = f"allow_anonymous false\npassword_file {passwords}\n"
    async with Mosquitto(tmp_path, extra=extra) as broker:
        for version in ("5", "3.1.1"):
            who = address(broker.url, username="ada", password="wrong")  # noqa: S106  no secret of anybody: a broker that lives as long as the test
            error = await refusal(who, version)
            assert type(error) is BrokerRefused
            assert "uthori" in error.what
            assert "uplink.password" in error.mend
            assert error.where == broker.url
        async with connect(address(broker.url, username="ada", password="right"), "5"):  # noqa: S106  no secret of anybody: a broker that lives as long as the test
            pass


async def test_a_broker_that_is_not_there() -> None:
    (port,) = free_ports(1)
    error = await refusal(address(f"mqtt://127.0.0.1:{port}"))
    assert isinstance(error, BrokerUnreachable)
    assert "Connection refused" in error.what
    assert "broker runs" in error.mend


@pytest.mark.parametrize("host", ["no-such-host.invalid", "no..host", "x" * 64])
async def test_a_host_that_is_not_known(host: str) -> None:
    error = await refusal(address(f"mqtt://{host}"))
    assert isinstance(error, BrokerUnreachable)
    assert "no connection" in error.what


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_broker_that_takes_the_connection_and_says_nothing(version: Version) -> None:
    async with ScriptedBroker(lambda _: SAY_NOTHING) as broker:
        error = await refusal(address(broker.url, answer_s=0.05), version)
        assert type(error) is VersionRefused
        assert "says nothing" in error.what
        await until(lambda: broker.open == 0)


@pytest.mark.parametrize(
    ("version", "answer"),
    [("5", HANG_UP), ("3.1.1", HANG_UP), ("5", b"\x20\x03\x00\x84\x00"), ("3.1.1", b"\x20\x02\x00\x01")],
)
async def test_a_broker_without_this_version(version: Version, answer: bytes | None) -> None:
    async with ScriptedBroker(lambda _: answer) as broker:
        error = await refusal(address(broker.url), version)
    assert type(error) is VersionRefused
    assert "uplink.protocol" in error.mend


@pytest.mark.parametrize(
    ("version", "answer"), [("5", b"\x20\x03\x00\x89\x00"), ("3.1.1", b"\x20\x02\x00\x03")]
)
async def test_a_broker_that_is_busy_is_not_one_that_refuses(version: Version, answer: bytes) -> None:
    async with ScriptedBroker(lambda _: answer) as broker:
        error = await refusal(address(broker.url), version)
    assert type(error) is BrokerUnreachable


@pytest.mark.parametrize(
    ("reason", "words"),
    [(0x8E, "every node its own"), (0x95, "batch_bytes"), (0x87, "uplink.username"), (0x8B, None)],
)
async def test_a_broker_that_ends_the_connection_says_why(reason: int, words: str | None) -> None:
    async with ScriptedBroker(lambda _: ACCEPTED_5) as broker, connect(address(broker.url), "5") as session:
        broker.say(bytes([0xE0, 2, reason, 0]))
        with pytest.raises(BrokerRefused if words else BrokerUnreachable) as caught:
            await session.wait_ended()
        assert (words or "network") in caught.value.mend
        assert not session.writable
        assert not session.send(Message("a", b""))


async def test_what_is_no_websocket(mosquitto: Mosquitto) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nSec-WebSocket-Accept:none\r\n\r\n")
        await reader.read()
        writer.close()

    error = await refusal(address(mosquitto.url.replace("mqtt://", "ws://")))
    assert isinstance(error, BrokerUnreachable)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        error = await refusal(address(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert isinstance(error, BrokerUnreachable)


async def test_receive_maximum_is_honoured(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path, extra="max_inflight_messages 5\n") as broker,
        connect(address(broker.url), "5") as session,
    ):
        assert session.receive_maximum == 5
        await asyncio.gather(*(session.publish(Message("a", bytes(1000))) for _ in range(100)))


async def test_no_more_is_under_way_than_the_broker_takes_at_once() -> None:
    five = bytes.fromhex("20060000" + "03" + "210005")
    async with (
        ScriptedBroker(lambda _: five, acks=False) as broker,
        connect(address(broker.url), "5") as session,
    ):
        posts = [asyncio.create_task(session.post(Message("a", b"%d" % i))) for i in range(12)]
        await until(lambda: len(broker.published) == 5)
        assert session.send(Message("live", b"")), "live does not wait"
        assert sum(post.done() for post in posts) == 5
        posts[5].cancel()  # one that waits for a slot leaves it to the next
        broker.acknowledge()
        await until(lambda: len(broker.published) == 10)
        broker.acknowledge()
        await until(lambda: len(broker.published) == 11)
        broker.acknowledge()
        acks = await asyncio.gather(*posts, return_exceptions=True)
        assert [i for i, ack in enumerate(acks) if isinstance(ack, asyncio.CancelledError)] == [5]
        await asyncio.gather(*(ack for ack in acks if isinstance(ack, asyncio.Future)))


async def test_a_live_message_is_no_acknowledgement_of_a_record_with_its_number() -> None:
    async with (
        ScriptedBroker(lambda _: ACCEPTED_5, acks=False) as broker,
        connect(address(broker.url), "5") as session,
    ):
        ack = await session.post(Message("record", b""))
        (number,) = session._acks
        session._client._last_mid = number - 1  # 65535 messages later
        assert session.send(Message("live", b""))
        assert not ack.done()
        await until(lambda: broker.published)
        broker.acknowledge()
        await ack


async def test_a_message_larger_than_the_broker_takes_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path, extra="max_packet_size 2000\n") as broker,
        connect(address(broker.url), "5") as session,
    ):
        assert session.maximum_packet == 2000
        await session.publish(Message("a", bytes(1900)))
        with pytest.raises(BrokerRefused, match="3000 bytes is larger than the broker takes"):
            await session.publish(Message("a", bytes(3000)))
        await session.publish(Message("a", b"the connection stands"))


async def test_a_message_that_may_not_be_published(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite allowed/#\n", encoding="utf-8")
    rules.chmod(0o644)
    async with (
        Mosquitto(tmp_path, extra=f"acl_file {rules}\n") as broker,
        connect(address(broker.url), "5") as session,
    ):
        with pytest.raises(BrokerRefused, match="did not take a message: Not authorized"):
            await session.publish(Message("forbidden", b""))
        forgotten: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: forgotten.append(told))
        await session.post(Message("forbidden", b""))  # nobody looks at what becomes of it
        await session.publish(Message("allowed/a", b"the connection stands"))
        gc.collect()
        assert forgotten == []


@pytest.mark.parametrize(
    ("version", "answer", "code"), [("5", ACCEPTED_5, 0x87), ("3.1.1", ACCEPTED_3, 0x80)]
)
async def test_a_subscription_that_is_not_allowed(version: Version, answer: bytes, code: int) -> None:
    async with (
        ScriptedBroker(lambda _: answer, subscribed=code) as broker,
        connect(address(broker.url), version) as session,
    ):
        with pytest.raises(BrokerRefused, match="subscription"):
            await session.subscribe(lambda _: None, "a")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_broker_killed_in_mid_flight(mosquitto: Mosquitto, version: Version) -> None:
    async with connect(address(mosquitto.url), version) as session:
        process = mosquitto._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        acks = [await session.post(Message("a", b"")) for _ in range(3)]
        waiting = [
            *(asyncio.create_task(session.publish(Message("a", bytes(500_000)))) for _ in range(30)),
            asyncio.create_task(session.subscribe(lambda _: None, "a")),
        ]
        await asyncio.sleep(0)
        await mosquitto.kill()
        with pytest.raises(BrokerUnreachable, match="the connection ended"):
            await session.wait_ended()
        for future in [*acks, *waiting]:
            with pytest.raises(BrokerUnreachable):
                await future
        for later in (session.post(Message("a", b"")), session.subscribe(lambda _: None, "a")):
            with pytest.raises(BrokerUnreachable):
                await later
        assert not session.writable


async def test_an_acknowledgement_nobody_waits_for_any_more(mosquitto: Mosquitto) -> None:
    async with connect(address(mosquitto.url), "5") as session:
        (await session.post(Message("a", b""))).cancel()
        asking = asyncio.create_task(session.subscribe(lambda _: None, "a"))
        await asyncio.sleep(0)
        asking.cancel()
        await session.publish(Message("a", b""))


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_connection_left_without_a_good_bye_has_the_will_said(
    mosquitto: Mosquitto, version: Version
) -> None:
    async with listening(mosquitto.url, WILL.topic) as heard:
        async with connect(address(mosquitto.url, will=WILL), version):
            pass
        await until(lambda: heard)
    assert heard == [Message(WILL.topic, WILL.payload)]


async def test_after_a_good_bye_the_will_is_not_said(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.url, "#") as heard:
        async with connect(address(mosquitto.url, will=WILL), "5") as session:
            session.will_is_due = False
        async with connect(address(mosquitto.url), "5") as session:
            await session.publish(Message("later", b""))
        await until(lambda: heard)
    assert [message.topic for message in heard] == ["later"]


async def test_a_process_that_is_killed_has_the_will_said(mosquitto: Mosquitto) -> None:
    script = (
        "import asyncio\n"
        "from edged.publish.mqtt import *\n"
        "async def main():\n"
        f"    will = Message({WILL.topic!r}, {WILL.payload!r}, retain=True)\n"
        f"    async with connect(BrokerAddress({mosquitto.url!r}, 'doomed', will=will), '5') as session:\n"
        "        await session.publish(Message('ready', b''))\n"
        "        await session.wait_ended()\n"
        "asyncio.run(main())\n"
    )
    async with listening(mosquitto.url, "#") as heard:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        await until(lambda: heard)
        process.kill()
        await process.wait()
        await until(lambda: len(heard) == 2)
    assert heard[1] == Message(WILL.topic, WILL.payload)
    async with listening(mosquitto.url, WILL.topic) as kept:
        await until(lambda: kept)
    assert json.loads(kept[0].payload) == {"state": "offline"}
    assert kept[0].retain


async def _connected(where: BrokerAddress) -> None:
    async with connect(where, "5") as session:
        await session.wait_ended()


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_cancelled_while_connecting_nothing_is_left(mosquitto: Mosquitto, turns: int) -> None:
    for _ in range(10):
        task = asyncio.create_task(_connected(address(mosquitto.url)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("scheme", ["mqtt", "ws", "mqtts"])
async def test_cancelled_while_the_broker_says_nothing_nothing_is_left(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        task = asyncio.create_task(_connected(address(url)))
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_a_connection_that_is_reset_before_tls_begins_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
    with pytest.raises(ConnectionResetError, match="reset by peer"):
        trust(address("mqtts://127.0.0.1")).wrap_socket(ended, server_hostname="127.0.0.1")
    gc.collect()  # a socket that is left open is told of here


async def test_cancelled_while_waiting_for_the_answer_nothing_is_left() -> None:
    async with ScriptedBroker(lambda _: SAY_NOTHING) as broker:
        task = asyncio.create_task(_connected(address(broker.url)))
        await until(lambda: broker.versions)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: broker.open == 0)


async def test_cancelled_while_waiting_for_the_socket_the_slot_is_free_again(mosquitto: Mosquitto) -> None:
    async with connect(address(mosquitto.url), "5") as session:
        process = mosquitto._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        free = session._slots._value
        while session.writable:
            session.send(Message("padding", bytes(100_000)))
            await asyncio.sleep(0)
        task = asyncio.create_task(session.post(Message("a", b"")))
        await asyncio.sleep(0)
        assert session._slots._value == free - 1
        task.cancel()
        await asyncio.wait([task])
        assert session._slots._value == free
        process.send_signal(signal.SIGCONT)
        await session.publish(Message("a", b"it goes on"))


async def test_a_broker_that_stands_still_is_noticed_by_the_keep_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edged.publish.mqtt._MISC_INTERVAL_S", 0.05)
    async with ScriptedBroker(lambda _: ACCEPTED_3) as broker:
        take = broker._take
        monkeypatch.setattr(broker, "_take", lambda *told: bool(broker.versions) or take(*told))
        async with connect(address(broker.url, keepalive_s=1), "3.1.1") as session:
            with pytest.raises(BrokerUnreachable, match="Keep alive timeout"):
                await session.wait_ended()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate authority, and a certificate of it for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl: apt-get install openssl")
    folder = tmp_path_factory.mktemp("authority")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    run(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=broker"),
    )
    run(
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", "server.pem", "-days", "2", "-extfile", "names"),
    )
    for file in folder.iterdir():
        file.chmod(0o644)
    (folder / "empty.pem").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
async def secure(tmp_path: Path, authority: Path) -> AsyncIterator[Callable[[str], str]]:
    ports = dict(zip(("mqtts", "wss"), free_ports(2), strict=True))
    files = f"certfile {authority}/server.pem\nkeyfile {authority}/server.key\n"
    extra = (
        f"listener {ports['mqtts']} 127.0.0.1\n{files}"
        f"listener {ports['wss']} 127.0.0.1\nprotocol websockets\n{files}"
    )
    async with Mosquitto(tmp_path, extra=extra) as broker:
        for port in ports.values():
            await broker._until_open(port)
        yield lambda scheme: f"{scheme}://127.0.0.1:{ports[scheme]}"


@pytest.mark.parametrize("scheme", ["mqtts", "wss"])
async def test_tls(secure: Callable[[str], str], authority: Path, scheme: str) -> None:
    async with connect(address(secure(scheme), ca_file=authority / "ca.pem"), "5") as session:
        heard: list[Message] = []
        await session.subscribe(heard.append, "a")
        await asyncio.gather(*(session.publish(Message("a", bytes(3000))) for _ in range(100)))
        await until(lambda: len(heard) == 100)


@pytest.mark.parametrize("file", ["other.pem", None])
async def test_a_broker_of_an_authority_that_is_not_trusted(
    secure: Callable[[str], str], authority: Path, file: str | None
) -> None:
    for scheme in ("mqtts", "wss"):
        error = await refusal(address(secure(scheme), ca_file=file and authority / file))
        assert isinstance(error, BrokerUnreachable)
        assert "unable to get local issuer certificate" in error.what
        assert "uplink.ca_file" in error.mend


async def test_a_broker_whose_certificate_is_of_another_name(
    secure: Callable[[str], str], authority: Path
) -> None:
    url = secure("mqtts").replace("127.0.0.1", "localhost")
    error = await refusal(address(url, ca_file=authority / "ca.pem"))
    assert "mismatch" in error.what.lower()


async def test_a_websocket_over_tls_that_is_none(secure: Callable[[str], str], authority: Path) -> None:
    url = secure("mqtts").replace("mqtts", "wss")
    assert isinstance(await refusal(address(url, ca_file=authority / "ca.pem")), BrokerUnreachable)


async def test_a_broker_that_speaks_no_tls(mosquitto: Mosquitto) -> None:
    error = await refusal(address(mosquitto.url.replace("mqtt://", "mqtts://")))
    assert isinstance(error, BrokerUnreachable)


@pytest.mark.parametrize("file", ["missing.pem", "empty.pem"])
async def test_an_authority_that_cannot_be_read(authority: Path, file: str) -> None:
    error = await refusal(address("mqtts://127.0.0.1:1", ca_file=authority / file))
    assert isinstance(error, BrokerUnreachable)
    assert file in error.what
    assert error.mend == "Check uplink.ca_file."


async def test_a_session_is_of_no_use_after_its_end(mosquitto: Mosquitto) -> None:
    kept: list[Session] = []
    async with connect(address(mosquitto.url), "5") as session:
        kept.append(session)
    with pytest.raises(BrokerUnreachable):
        await kept[0].wait_ended()
