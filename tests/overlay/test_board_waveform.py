"""A recorded ECG at a board's input, seen in Chromium: every room of the house on its way."""

import csv
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Browser

from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import connect
from tests.overlay.test_heart_rate import CANVAS
from tests.overlay.test_waveform import columns, expect_drawn_within, peak_times, peaks_in, scope
from tests.rigs.chromium import until
from tests.rigs.daemon import Daemon
from tests.rigs.emulated_board import ADC_BITS, EmulatedBoard, Waveform
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until as until_true
from tests.system.configs import node as node_config
from tests.system.configs import strap
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

POLAR_HZ: Final = 130.16
"""What that strap really ran at."""


async def test_from_the_converter_to_the_picture(
    browser: Browser, site: Site, broker: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    wave = Waveform(amplified(polar_ecg_mv()[: 130 * 60]), POLAR_HZ)
    heard: list[dict[str, Any]] = []

    def hear(message: Message) -> None:
        heard.append(json.loads(message.payload))

    with EmulatedBoard("uno", folder, channels=1, waveform=wave) as board:
        source = strap("ada", f"serial:{board.port}?baud={board.baud}", more='decoder = "board"')
        live = '[live]\nwave_streams = ["voltage"]\n'
        async with (
            scope(browser, site, broker, CANVAS) as page,
            Daemon(folder, node_config(broker.url, source, more=live)) as daemon,
            connect(BrokerAddress(broker.url, "listener"), "5") as session,
        ):
            await session.subscribe(hear, "edged/v1/hall/board-1/subject/ada/wave/voltage")
            await expect_drawn_within(page, 15)
            await until_true(lambda: sum(len(told["values"]) for told in heard) > 65 * 7, 20)
            tops = await columns(page)
            board.unplug()
            await until(
                page, "getComputedStyle(document.getElementById('plate')).opacity === '0'", timeout_s=10
            )
            assert await daemon.stop() == 0
            origin_ns = board.report()["origin_ns"]
    assert len(peaks_in(tops)) >= 3
    utc_ms = (origin_ns + time.time_ns() - time.monotonic_ns()) / 1e6
    told_mv = [
        (datetime.fromisoformat(told["t0"]).timestamp() * 1000 + i * told["period_ms"], value)
        for told in heard
        for i, value in enumerate(told["values"])
    ]
    for peak_ms in peak_times(heard, above=3.0)[2:-2]:
        at_s = (peak_ms - utc_ms) / 1000
        near = wave.codes(0, np.arange(at_s - 0.05, at_s + 0.05, 0.001), ADC_BITS["uno"])
        value = dict(told_mv)[peak_ms]
        assert near.max() * 5 / 1024 == pytest.approx(value, abs=0.1), "the peak is there in the recording"


def polar_ecg_mv() -> NDArray[np.float64]:
    """Return a real strap's ECG; skip the test where the recording is not."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "recordings"
    file = Path(os.environ.get("EDGED_RECORDINGS", beside)) / "polar_h10" / "polar_h10.csv"
    if not file.is_file():
        pytest.skip(f"no recording {file}; set EDGED_RECORDINGS to the folder that has it")
    with file.open(encoding="ascii") as lines:
        return np.array([float(row["ecg_mV"]) for row in csv.DictReader(lines)])


def amplified(ecg_mv: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return what an amplifier gives the converter: a volt a millivolt, around the middle of 5 V."""
    counts = np.clip(ecg_mv / 5 * 65536, -32768, 32767)
    return np.asarray(counts, dtype=np.int16).reshape(-1, 1)
