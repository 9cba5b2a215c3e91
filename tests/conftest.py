"""What holds for all tests."""

from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
REAL_TIME: Final = tuple(HERE / name for name in ("system", "overlay", "web", "firmware", "field"))
"""Here programs of their own run in real time, which a busy machine holds up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of real time a second try; the summary names those that needed it."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in REAL_TIME):
            item.add_marker(pytest.mark.flaky(reruns=1))
