"""How delivery goes, and tests of the way to the broker: a real node, real brokers, over the API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from edged.log import message_of
from edged.messages import TEST_ACKNOWLEDGED, TEST_FAILED
from edged.ops.delivery import DeliveryStatus
from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import connect
from tests.publish.validating import validate
from tests.rigs.bench_node import BenchNode
from tests.rigs.certificates import Authority
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.ports import free_ports
from tests.rigs.scripted_broker import ACCEPTED_5, HANG_UP, ScriptedBroker
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import serving

STRAP: Final[dict[str, Any]] = {
    "subject": [{"name": "ada"}],
    "source": [{"name": "strap-1", "link": "sim:resting?seed=1", "subject": "ada"}],
}
TOPIC: Final = "edged/v1/hall/desk/test"


class Bench(BenchNode):
    """A node that is asked."""

    async def delivery(self) -> DeliveryStatus:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{self.url}/api/v1/delivery")
        assert answer.status_code == 200
        return DeliveryStatus.model_validate_json(answer.text)

    async def test(self) -> httpx.Response:
        """Ask for a test, while time goes by."""
        async with httpx.AsyncClient(trust_env=False) as http:
            asked = asyncio.create_task(http.post(f"{self.url}/api/v1/delivery/test"))
            await self.until(asked.done)
            return await asked

    @property
    def is_connected(self) -> bool:
        return self.node.broker is not None and self.node.broker.session is not None


@asynccontextmanager
async def delivering(folder: Path, url: str, **uplink: Any) -> AsyncIterator[Bench]:
    async with Bench(folder, uplink={"url": url, **uplink}, **STRAP) as bench:
        await bench.until(lambda: bench.is_connected)
        yield bench


def rules(folder: Path, text: str) -> str:
    """Return the line of mosquitto's configuration by which these rules hold."""
    file = folder / "acl"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return f"acl_file {file}\n"


async def test_a_test_comes_through(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    heard: list[Message] = []
    async with Mosquitto(tmp_path) as broker, connect(BrokerAddress(broker.url, "listener"), "5") as session:
        await session.subscribe(heard.append, "edged/v1/hall/desk/test")
        async with delivering(tmp_path, broker.url) as bench:
            connects = broker.log.count("New client connected")
            answer = await bench.test()
            await bench.until(lambda: heard)
            assert broker.log.count("New client connected") == connects, "over the uplink's own connection"
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("round_trip_ms") >= 0
    assert told == {"topic": TOPIC, "n": 1, "protocol": "5.0"}
    (message,) = heard
    assert not message.retain
    validate(json.loads(message.payload), "test")
    assert [message_of(record) for record in caplog.records].count(TEST_ACKNOWLEDGED) == 1


async def test_one_a_second(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path) as broker,
        delivering(tmp_path, broker.url) as bench,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        url = f"{bench.url}/api/v1/delivery/test"
        assert (await http.post(url)).status_code == 200
        too_soon = await http.post(url)
        assert too_soon.status_code == 429
        assert too_soon.headers["retry-after"] == "1"
        assert too_soon.json()["detail"] == "The last test was a moment ago. Try again."
        await bench.clock.advance(1.1)
        assert (await http.post(url)).json()["n"] == 2


async def test_what_the_broker_does_not_allow_is_said_and_the_record_lane_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acl = rules(tmp_path, f"topic readwrite edged/#\ntopic deny {TOPIC}\n")
    async with Mosquitto(tmp_path, extra=acl) as broker, delivering(tmp_path, broker.url) as bench:
        answer = await bench.test()
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == (
            "The broker did not take a message: Not authorized. "
            "Check uplink.username, uplink.password and what the broker allows them."
        )
        assert bench.node.uplink is not None
        before = bench.node.uplink.stats.acknowledged
        await bench.until(lambda: bench.node.uplink and bench.node.uplink.stats.acknowledged > before + 3)
        assert bench.node.broker is not None
        assert (bench.node.broker.stats.failures, bench.node.broker.state) == (0, "connected")
    assert TEST_FAILED in {message_of(record) for record in caplog.records}


async def test_a_broker_that_does_not_acknowledge_owes_one_answer_at_most(tmp_path: Path) -> None:
    async with (
        ScriptedBroker(lambda _: ACCEPTED_5, acks=False) as broker,
        Bench(tmp_path, uplink={"url": broker.url}) as bench,
    ):
        await bench.until(lambda: bench.is_connected)
        answer = await bench.test()
        assert answer.status_code == 504
        assert answer.json()["detail"].startswith("The broker did not acknowledge within 5 s. ")
        published = len(broker.published)
        again = await bench.test()
        assert again.status_code == 504
        assert "has not acknowledged the last test message yet" in again.json()["detail"]
        assert len(broker.published) == published, "no second place in the window is taken"
        assert bench.is_connected
        broker.acks = True
        broker.acknowledge()
        await bench.clock.advance(2)
        assert (await bench.test()).status_code == 200, "late, it was acknowledged after all"


async def test_two_at_once_are_one(tmp_path: Path) -> None:
    async with (
        ScriptedBroker(lambda _: ACCEPTED_5, acks=False) as broker,
        Bench(tmp_path, uplink={"url": broker.url}) as bench,
    ):
        await bench.until(lambda: bench.is_connected)
        first = asyncio.create_task(bench.test())
        await bench.until(lambda: any(b'"n":1' in each for each in broker.published))
        async with httpx.AsyncClient(trust_env=False) as http:
            second = await http.post(f"{bench.url}/api/v1/delivery/test")
        assert second.status_code == 429
        assert second.json()["detail"] == "A test is under way already. Wait for its answer."
        broker.acknowledge()
        assert (await first).status_code == 200


async def test_a_connection_that_ends_meanwhile(tmp_path: Path) -> None:
    async with (
        ScriptedBroker(lambda _: ACCEPTED_5, acks=False) as broker,
        Bench(tmp_path, uplink={"url": broker.url}) as bench,
    ):
        await bench.until(lambda: bench.is_connected)
        first = asyncio.create_task(bench.test())
        await bench.until(lambda: any(b'"n":1' in each for each in broker.published))
        broker.hang_up()
        answer = await first
    assert answer.status_code == 503
    assert "connection ended" in answer.json()["detail"]


async def test_not_connected(tmp_path: Path) -> None:
    async with Bench(tmp_path, uplink={"url": "mqtt://127.0.0.1:1"}, **STRAP) as bench:
        await bench.until(lambda: bench.node.broker and bench.node.broker.problem)
        answer = await bench.test()
        assert answer.status_code == 503
        assert answer.json()["detail"] == (
            "The node is not connected to the broker: no connection: Connection refused. "
            "Check that the broker runs, uplink.url and the network."
        )


async def test_no_broker_at_all(tmp_path: Path) -> None:
    async with Bench(tmp_path) as bench:
        answer = await bench.test()
        assert answer.status_code == 409
        assert answer.json()["detail"] == (
            "No broker is configured: everything stays on this board. Set uplink.url."
        )
        told = await bench.delivery()
        assert (told.state, told.url, told.rates, told.troubles) == ("off", "", [], [])
        assert told.words.word == "Off"


async def test_how_it_goes_while_all_is_well(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, delivering(tmp_path, broker.url) as bench:
        for _ in range(20):
            await bench.clock.advance(1)
            await asyncio.sleep(0.02)
        await bench.until(lambda: bench.node.uplink and bench.node.uplink.stats.acknowledged > 5)
        told = await bench.delivery()
    assert (told.state, told.protocol, told.url) == ("connected", "5.0", broker.url)
    assert told.backlog.course == "none"
    assert told.acknowledged_s is not None
    assert told.acknowledged_s < 10
    assert told.published_per_s
    assert told.acknowledged_per_s
    times = [at_ms for at_ms, _, _ in told.rates]
    assert times == sorted(times)
    assert len(times) >= 20
    assert (told.certificates, told.test_topic) == ([], TOPIC)


async def test_how_it_goes_while_the_broker_is_away(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, delivering(tmp_path, broker.url) as bench:
        await bench.until(lambda: bench.node.uplink and bench.node.uplink.stats.acknowledged > 3)
        await broker.kill()
        for _ in range(60):
            await bench.clock.advance(1)
            await asyncio.sleep(0.01)
        away = await bench.delivery()
        await broker.start()
        await bench.until(lambda: bench.is_connected)
        await bench.until(lambda: bench.node.uplink and not bench.node.uplink.backlog)
        back = await bench.delivery()
    assert away.state == "unreachable"
    assert "tried again by itself" in away.words.sentence
    assert away.backlog.course == "growing"
    assert away.backlog.per_s > 0
    assert away.acknowledged_s is not None
    assert away.acknowledged_s > 50
    assert {each.what for each in away.troubles} >= {"No connection: Connection refused"}
    refused = next(each for each in away.troubles if each.what.startswith("No connection"))
    assert refused.count > 3
    assert refused.first < refused.last <= away.troubles[0].last
    assert refused.mend == "Check that the broker runs, uplink.url and the network."
    assert back.state == "connected"
    assert back.troubles, "they stay to be read"


async def test_an_uplink_that_hangs_up_for_ever_has_troubles(tmp_path: Path) -> None:
    async with (
        ScriptedBroker(lambda _: HANG_UP) as broker,
        Bench(tmp_path, uplink={"url": broker.url}) as bench,
    ):
        await bench.until(lambda: bench.node.broker and bench.node.broker.stats.failures > 2)
        told = await bench.delivery()
    assert told.state == "refused"
    assert told.troubles[0].what == "The broker hung up without an answer"


def secured(authority: Authority, *names: str) -> str:
    """Return the lines by which a broker has a TLS listener on port ``{tls}``."""
    pair = authority.issue(*names)
    return f"listener {{tls}} 127.0.0.1\ncertfile {pair.certificate}\nkeyfile {pair.key}\n"


async def test_the_certificate_of_the_connection_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    (port,) = free_ports(1)
    tls = secured(authority, "IP:127.0.0.1").format(tls=port)
    async with (
        Mosquitto(tmp_path, extra=tls) as broker,
        delivering(tmp_path, f"mqtts://127.0.0.1:{port}", ca_file=str(authority.certificate)) as bench,
    ):
        connects = broker.log.count("New connection")
        (finding,) = (await bench.delivery()).certificates
        assert broker.log.count("New connection") == connects, "nobody connects to look at it"
    assert finding.level == "ok"
    assert finding.facts["subject"] == "127.0.0.1"
    assert finding.facts["issuer"] == "Hall CA"
    assert finding.facts["valid_until"]


async def test_a_certificate_that_keeps_the_uplink_out_is_told(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    tls = secured(Authority(tmp_path / "ca"), "IP:127.0.0.1").format(tls=port)
    stranger = Authority(tmp_path / "other", "Another CA")
    uplink = {"url": f"mqtts://127.0.0.1:{port}", "ca_file": str(stranger.certificate)}
    async with Mosquitto(tmp_path, extra=tls), Bench(tmp_path, uplink=uplink) as bench:
        await bench.until(lambda: bench.node.desk.delivery and bench.node.desk.delivery.status().certificates)
        told = await bench.delivery()
    (finding,) = told.certificates
    assert finding.level == "problem"
    assert "Hall CA" in finding.what
    assert finding.facts["valid_until"]
    assert told.state == "unreachable"
    assert any(each.what.startswith("TLS failed") for each in told.troubles)


async def test_safe_mode_and_a_page_alone_say_why_not() -> None:
    async with serving(FakeView(documents.status())) as site, httpx.AsyncClient(trust_env=False) as http:
        for path in ("delivery", "network", "bundle"):
            answer = await http.get(f"{site.url}/api/v1/{path}")
            assert answer.status_code == 503
            assert answer.json()["detail"] == "This page cannot tell. Run: edged run -c FILE"
