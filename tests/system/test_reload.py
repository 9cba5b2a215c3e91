"""A configuration read anew while the daemon measures (SIGHUP): who is not touched does not notice."""

import signal
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.rigs.daemon import Daemon
from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.verifier import report_of, verifying
from tests.rigs.waiting import until
from tests.system.configs import node, strap

CHAIN = 'chain = [{ stream = "rr_interval", steps = [{ step = "rr_clean" }] }]'


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.url) as heard:
        yield heard


def applied(listener: Listener) -> list[list[str]]:
    """Return the changes that were recorded as applied."""
    told = [heard.payload for heard in listener.on("event")]
    return [each["detail"]["changes"] for each in told if each["kind"] == "configuration_applied"]


def beats(listener: Listener, source: str) -> list[tuple[int, int]]:
    """Return first number and count of every recorded chunk of a source's heart rate."""
    records = [
        record for heard in listener.on("record") for record in heard.payload.get("records", [heard.payload])
    ]
    return [
        (record["seq"], len(record["values"]))
        for record in records
        if record["stream"] == f"{source}/heart_rate"
    ]


async def test_a_change_leaves_the_others_without_a_gap(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    white, black = strap("white", "sim:exercise?seed=1"), strap("black", "sim:resting?seed=2")
    async with (
        verifying(broker.url, "--from-start") as verifier,
        Daemon(board, node(broker.url, white + black)) as daemon,
    ):
        await until(lambda: len(listener.on("white/live")) >= 2 and len(listener.on("black/live")) >= 2)
        for step, sources in enumerate(
            (
                white + strap("black", "sim:stress?seed=3"),  # another device
                white + strap("black", "sim:stress?seed=3", more=CHAIN),  # another chain
                white + strap("green", "sim:resting?seed=4"),  # one goes, one comes
            ),
            start=1,
        ):
            daemon.write(node(broker.url, sources))
            daemon.send(signal.SIGHUP)
            await until(partial(lambda count: len(applied(listener)) == count, step))
            seen = len(listener.on("white/live"))
            await until(partial(lambda before: len(listener.on("white/live")) >= before + 2, seen))
        await until(lambda: listener.on("green/live"))
        with Listener(broker.url, name="late") as late:
            await until(lambda: late.on("white/state"))
            assert not late.on("black/state"), "who is gone leaves nothing at the broker"
        assert await daemon.stop() == 0
        report = await report_of(verifier)
    assert applied(listener) == [
        ["source strap-black: link"],
        ["source strap-black: chain"],
        [
            "subject black: removed",
            "subject green: added",
            "source strap-black: removed",
            "source strap-green: added",
        ],
    ]
    assert report["lost"] == report["duplicates"] == report["sample_gaps"] == report["out_of_order"] == 0
    for source in ("strap-white", "strap-black"):
        told = beats(listener, source)
        assert all(after[0] == before[0] + before[1] for before, after in pairwise(told)), told


async def test_a_wrong_file_changes_nothing_and_is_told_of(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    good = node(broker.url, strap("white", "sim:resting"))
    async with Daemon(board, good) as daemon:
        await until(lambda: listener.on("white/live"))
        for wrong in (
            good + "\n[[",
            good.replace("sim:resting", "sim:dancing"),
            good.replace("hr_max", "hr_mox"),
        ):
            n = wrong_told(daemon)
            daemon.write(wrong)
            daemon.send(signal.SIGHUP)
            await until(partial(lambda before: wrong_told(daemon) > before, n))
        told = (await daemon.status())["node"]
        assert told["mode"] == "refused"
        assert told["words"]["sentence"].startswith("Unknown key 'hr_mox'. Did you mean 'hr_max'?")
        seen = len(listener.on("white/live"))
        await until(lambda: len(listener.on("white/live")) > seen)
        assert applied(listener) == []

        daemon.write(good.replace("Player white", "Ada"))
        daemon.send(signal.SIGHUP)
        await until(lambda: applied(listener))
        status = await daemon.status()
        assert (status["node"]["mode"], status["subjects"][0]["title"]) == ("normal", "Ada")
        assert await daemon.stop() == 0


def wrong_told(daemon: Daemon) -> int:
    return daemon.log.count("the configuration is not applied")


async def test_another_name_takes_a_new_node_and_loses_nothing(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    """What the old name has told stays told under it: the new one goes on with the next id."""
    config = node(broker.url, strap("white", "sim:resting"))
    async with verifying(broker.url) as verifier, Daemon(board, config) as daemon:
        await until(lambda: len(listener.on("white/live")) >= 2)
        daemon.write(config.replace("board-1", "board-2"))
        daemon.send(signal.SIGHUP)
        await until(lambda: [h for h in listener.on("white/live") if h.node == "board-2"])
        states = [h.payload["state"] for h in listener.on("status") if h.node == "board-1"]
        assert states[-1] == "offline"
        assert await daemon.stop() == 0
        report = await report_of(verifier)
    assert report["lost"] == report["duplicates"] == 0
    ids = [record["id"] for record in listener.records()]
    assert ids == list(range(1, len(ids) + 1))


async def test_the_broker_and_the_page_move(broker: Mosquitto, board: Path, listener: Listener) -> None:
    player = strap("white", "sim:resting")
    async with Daemon(board, node("mqtt://127.0.0.1:1", player)) as daemon:
        await until(lambda: "Page: " in daemon.log)
        daemon.write(node(broker.url, player))
        daemon.send(signal.SIGHUP)
        await until(lambda: len(listener.on("white/live")) >= 2)
        assert listener.records()[0]["id"] == 1, "what waited for the broker that never was goes to this one"
        daemon.write(node(broker.url, player).replace("port = 0", 'port = 0\nhost = "::1"'))
        daemon.send(signal.SIGHUP)
        await until(lambda: "//[::1]:" in daemon.page)
        assert (await daemon.status())["broker"]["state"] == "connected"
        daemon.write(node(broker.url, player).replace("port = 0", "port = 0\nenabled = false"))
        daemon.send(signal.SIGHUP)
        await until(lambda: len(applied(listener)) == 3)
        assert await daemon.stop() == 0
