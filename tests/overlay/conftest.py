from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.rigs.chromium import chromium
from tests.rigs.mosquitto import Mosquitto
from tests.web import documents
from tests.web.built import build_page
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    build_page()
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with serving(FakeView(documents.status())) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path) as broker:
        yield broker
