"""How the daemon takes its leave."""

import asyncio
import signal
import sys
from pathlib import Path

from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until
from tests.system.configs import node, strap


async def start(board: Path, config: str) -> asyncio.subprocess.Process:
    (board / "edged.toml").write_text(config.replace("{folder}", str(board)), encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edged", "run", "-c", str(board / "edged.toml"), stderr=asyncio.subprocess.PIPE
    )


async def test_a_second_signal_does_not_wait_for_a_broker_that_hangs(broker: Mosquitto, board: Path) -> None:
    with Listener(broker.url) as listener:
        process = await start(board, node(broker.url, strap("white", "sim:resting")))
        await until(lambda: listener.on("white/live"))
    broker.pause()
    try:
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)  # between the first signal and the second, it waits for the broker
        assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(2):
            assert await process.wait() == 130
    finally:
        broker.resume()
        await process.communicate()


async def test_a_broker_that_hangs_delays_the_stop_by_seconds_only(broker: Mosquitto, board: Path) -> None:
    with Listener(broker.url) as listener:
        process = await start(board, node(broker.url, strap("white", "sim:resting")))
        await until(lambda: listener.on("white/live"))
    broker.pause()
    try:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(8):
            _, err = await process.communicate()
        assert process.returncode == 0
        assert b"not everything was delivered before the stop" in err
    finally:
        broker.resume()
