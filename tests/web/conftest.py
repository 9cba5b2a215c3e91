import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.rigs.chromium import chromium
from tests.web import documents
from tests.web.built import build_page
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving

SELDOM: Final = ({"phone", "dark"}, {"desk", "light"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Leave two of the four looks of a view to the field: each size and each theme is seen every time."""
    here = Path(__file__).parent
    for item in items:
        look = set(re.findall("[a-z]+", item.name.partition("[")[2]))
        if here in item.path.parents and any(seldom <= look for seldom in SELDOM):
            item.add_marker(pytest.mark.field)


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
