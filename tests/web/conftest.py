from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.rigs.chromium import chromium
from tests.web import documents
from tests.web.built import build_page
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(FakeView(documents.status())) as site:
        yield site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        yield client


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    build_page()
    async with chromium() as browser:
        yield browser
