"""Brokers that are not there, do not answer, are not trusted, or say no: real ones, real certificates."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from edged.clock import ClockQuality, SystemClock
from edged.config.model import Config
from edged.daemon import Node
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.patient import Patient
from tests.ops.doctor.bodies import looked, manual, only, patient
from tests.rigs.certificates import Authority, Pair
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.ports import free_ports
from tests.rigs.waiting import until

LOGIN: Final = {"username": "edged", "password": "coffee"}
HANDED_OVER: Final = {"username": "edged", "password_file": "edged_mqtt-password"}


def to(folder: Path, url: str, **uplink: Any) -> Patient:
    return patient(folder, config={"uplink": {"url": url} | uplink})


async def test_no_broker(tmp_path: Path) -> None:
    found = await only("broker", patient(tmp_path))
    assert (found.level, found.what) == (
        "not_applicable",
        "no broker is configured: everything stays on this board",
    )


# The way there


async def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    found = await only("broker", to(tmp_path, "mqtt://no-such-host.invalid:1883"))
    assert (found.level, found.what) == ("problem", "the name no-such-host.invalid is not known")
    assert found.mend.startswith("Check the spelling in uplink.url. Look at the network and its name servers")


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
async def test_nobody_listens(tmp_path: Path, scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{free_ports(1)[0]}"
    found = await only("broker", to(tmp_path, url))
    assert (found.level, found.what, found.where) == ("problem", "nobody listens there", url)
    assert found.mend.startswith("Start the broker, or correct the port in uplink.url")


async def test_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue of connections that is full: the kernel drops what comes, as a firewall does."""
    monkeypatch.setattr("edged.ops.doctor.broker.CONNECT_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(address)
        found = await only("broker", to(tmp_path, f"mqtt://127.0.0.1:{address[1]}"))
        for each in waiting:
            each.close()
    assert (found.level, found.what) == ("problem", "no answer within 5 s")
    assert found.mend == "Look whether the broker's machine is on, and whether a firewall is between."


async def test_no_way_there(tmp_path: Path) -> None:
    """An address that no route leads to: 240.0.0.0/4 is reserved (RFC 1112)."""
    found = await only("broker", to(tmp_path, "mqtt://255.255.255.255:1883"))
    assert found.level == "problem"
    assert found.mend == "Look at cable, Wi-Fi and address of this board: `ip address`, `ip route`."


# MQTT


async def test_a_broker_that_takes_us_beside_the_daemon(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker:
        config = Config.model_validate(
            {
                "journal": {"path": tmp_path / "edged.db"},
                "uplink": {"url": broker.url},
                "web": {"enabled": False},
            }
        )
        node, stop = Node(config, SystemClock(), Random(1)), asyncio.Event()
        running = asyncio.create_task(node.run(stop))
        assert node.broker is not None
        await until(lambda: node.broker is not None and node.broker.state == "connected", 10)
        found = await only("broker", to(tmp_path, broker.url))
        assert (found.level, found.what, found.where) == ("ok", "it takes this node", broker.url)
        assert found.facts["mqtt"] == "5"
        await asyncio.sleep(0.1)  # a daemon that was kicked out would have noticed by now
        assert (node.broker.state, node.broker.stats.failures) == ("connected", 0)
        stop.set()
        await running
    assert "edged-studio-node-1-doctor-" in broker.log
    assert "already connected" not in broker.log


async def test_a_broker_of_the_older_version(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker:
        found = await only("broker", to(tmp_path, broker.url, protocol="3.1.1"))
    assert (found.level, found.facts["mqtt"]) == ("ok", "3.1.1")


async def test_a_broker_that_hangs_up_on_the_newer_version(tmp_path: Path) -> None:
    async with hanging_up_on(b"\x05") as port:
        found = await only("broker", to(tmp_path, f"mqtt://127.0.0.1:{port}"))
    assert (found.level, found.facts["mqtt"]) == ("ok", "3.1.1")


async def test_a_broker_that_wants_a_password(tmp_path: Path) -> None:
    async with with_password(tmp_path, tmp_path / "passwords", "edged", "tea") as broker:
        found = await only("broker", to(tmp_path, broker.url, **LOGIN))
    assert (found.level, found.what) == ("problem", "the broker refuses: Not authorized")
    assert found.mend == "Check uplink.username, uplink.password and what the broker allows them."


async def test_a_program_that_speaks_no_mqtt(tmp_path: Path) -> None:
    async with hanging_up_on(b"") as port:
        found = await only("broker", to(tmp_path, f"mqtt://127.0.0.1:{port}"))
    assert (found.level, found.what) == ("problem", "the broker hung up without an answer")
    assert found.mend == "Check that uplink.url leads to an MQTT broker, and uplink.protocol."


async def test_the_password_of_the_service_is_found_by_others(tmp_path: Path) -> None:
    """The daemon is handed it by systemd; root, who looks, is not."""
    broker_folder = tmp_path / "broker"
    broker_folder.mkdir()
    passwords = broker_folder / "passwords"
    async with with_password(broker_folder, passwords, "edged", "tea") as broker:
        node = to(tmp_path, broker.url, **HANDED_OVER)
        found = await only("broker", node)
        assert (found.level, found.what) == ("problem", "the file with the password cannot be read")
        assert found.mend.startswith("Check uplink.password_file; systemd hands over")
        for name in (
            "etc/edged/credentials/mqtt-password",
            "run/credentials/edged.service/edged_mqtt-password",
        ):
            file = tmp_path / name
            file.parent.mkdir(parents=True)
            file.write_text("tea\n", encoding="ascii")
            assert (await only("broker", node)).level == "ok", name
            file.unlink()


# TLS


@asynccontextmanager
async def tls(folder: Path, pair: Pair) -> AsyncIterator[str]:
    """A broker that shows a certificate; return its URL."""
    (folder / "broker").mkdir()
    (port,) = free_ports(1)
    extra = f"listener {port} 127.0.0.1\ncertfile {pair.certificate}\nkeyfile {pair.key}\n"
    async with Mosquitto(folder / "broker", extra=extra):
        yield f"mqtts://localhost:{port}"


async def shown(folder: Path, authority: Authority, pair: Pair, **more: Any) -> list[Finding]:
    async with tls(folder, pair) as url:
        node = to(folder, url, ca_file=str(more.pop("trusts", authority.certificate)))
        return await looked("broker", patient(folder, config={"uplink": node.config.uplink}, **more))


async def test_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    broker, certificate = await shown(tmp_path, authority, authority.issue("DNS:localhost", ends_days=90.5))
    assert (broker.title, broker.level) == ("Broker", "ok")
    assert (certificate.title, certificate.level) == ("Broker certificate", "ok")
    assert {name: certificate.facts[name] for name in ("subject", "issuer", "days_left")} == {
        "subject": "localhost",
        "issuer": "Hall CA",
        "days_left": 90,
    }


@pytest.mark.parametrize(
    ("days", "said"), [(13.5, "in 13 days"), (1.5, "in 1 day"), (0.5, "today"), (14.5, None)]
)
async def test_a_certificate_that_expires_soon(tmp_path: Path, days: float, said: str | None) -> None:
    authority = Authority(tmp_path / "ca")
    broker, certificate = await shown(tmp_path, authority, authority.issue("DNS:localhost", ends_days=days))
    assert broker.level == "ok"
    if said is None:
        assert certificate.level == "ok"
        return
    assert certificate.level == "warning"
    assert certificate.what.startswith(f"it expires {said}, on ")
    assert certificate.mend == "Have the broker's administrator renew it, before the uplink stops."


async def test_an_authority_that_expires_soon(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", ends_days=10.5)
    _, found = await shown(tmp_path, authority, authority.issue("DNS:localhost"))
    assert (found.title, found.level) == ("Certificate authority", "warning")
    assert found.what.startswith("Hall CA expires in 10 days, on ")
    assert found.where == str(authority.certificate)
    assert found.mend.startswith("Put the next one into uplink.ca_file too")


async def test_a_certificate_that_has_expired(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("DNS:localhost", begins_days=-20, ends_days=-3)
    (found,) = await shown(tmp_path, authority, pair, clock=manual(SystemClock().utc_ns()))
    assert (found.level, found.facts["days_left"]) == ("problem", -3)
    assert found.what == f"it expired on {found.facts['valid_until']}"
    assert found.mend == "Have the broker's administrator renew it."


async def test_an_authority_that_has_expired(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", begins_days=-20, ends_days=-3)
    (found,) = await shown(tmp_path, authority, authority.issue("DNS:localhost"))
    assert (found.level, found.what) == (
        "problem",
        "the certificate of its authority Hall CA has expired",
    )
    assert found.mend.startswith("Put the next one into uplink.ca_file.")


async def test_a_certificate_that_is_not_valid_yet(tmp_path: Path) -> None:
    """As a board without a battery-backed clock sees every certificate."""
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("DNS:localhost", begins_days=5, ends_days=90)
    unset = manual(SystemClock().utc_ns(), quality=ClockQuality.UNSYNCED)
    (found,) = await shown(tmp_path, authority, pair, clock=unset)
    assert found.level == "problem"
    assert found.what.startswith(f"it is not valid before {found.facts['valid_from']}, and here it is ")
    assert found.mend == (
        "This board's clock may be wrong: `edged doctor --only clock`, `timedatectl`. "
        "No time server has set this board's clock yet."
    )


async def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "Other CA")
    (found,) = await shown(tmp_path, authority, authority.issue("DNS:localhost"), trusts=other.certificate)
    assert (found.level, found.what) == ("problem", "who issued it Hall CA is not trusted here")
    assert found.mend == (
        "Put the certificate of the broker's authority into uplink.ca_file; its administrator has it."
    )


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("DNS:mqtt.example", "IP:192.0.2.7")
    (found,) = await shown(tmp_path, authority, pair)
    assert (found.level, found.what) == (
        "problem",
        "it is not for localhost: it is for mqtt.example, 192.0.2.7",
    )
    assert found.mend.startswith("Use one of its names in uplink.url")


async def test_a_port_that_speaks_no_tls(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker:
        found = await only("broker", to(tmp_path, broker.url.replace("mqtt:", "mqtts:")))
    assert found.level == "problem"
    assert found.what.startswith("TLS failed: ")
    assert found.mend.startswith("Check that uplink.url names the port at which the broker speaks TLS")


async def test_an_authority_that_cannot_be_read(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker:
        url = broker.url.replace("mqtt:", "mqtts:")
        found = await only("broker", to(tmp_path, url, ca_file=str(tmp_path / "gone.pem")))
    assert (found.level, found.mend) == ("problem", "Check uplink.ca_file.")


# Brokers of the test's own


@asynccontextmanager
async def hanging_up_on(version: bytes) -> AsyncIterator[int]:
    """A broker that hangs up on a CONNECT of this version, and takes every other; empty: on all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connect = await reader.read(512)  # 3.1 of MQTT 3.1.1: fixed header, "MQTT", the version
        if connect and version and connect[8:9] != version:
            writer.write(b"\x20\x02\x00\x00")
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def with_password(folder: Path, file: Path, user: str, password: str) -> AsyncIterator[Mosquitto]:
    made = await asyncio.create_subprocess_exec("mosquitto_passwd", "-b", "-c", str(file), user, password)
    assert await made.wait() == 0
    async with Mosquitto(folder, extra=f"allow_anonymous false\npassword_file {file}\n") as broker:
        yield broker
