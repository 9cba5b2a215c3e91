from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edged.clock import ManualClock
from tests.rigs.bluez_bench import Bench, made_strap
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.private_bus import PrivateBus
from tests.rigs.sys_tree import SysTree


@pytest.fixture(scope="module")
def shared_bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus, bus.exported():
        yield bus


@pytest.fixture
async def bluez(shared_bus: PrivateBus, tmp_path: Path) -> AsyncIterator[Bench]:
    async with Bench(shared_bus.address, ManualClock(), sys=SysTree(tmp_path)) as fake:
        fake.plug(FakeAdapter())
        yield fake


@pytest.fixture
def adapter(bluez: Bench) -> FakeAdapter:
    return bluez.hardware.adapters[0]


@pytest.fixture
async def strap(bluez: Bench) -> FakeStrap:
    return bluez.wear(made_strap())
