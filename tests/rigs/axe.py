"""axe-core in the browser: what a page denies to people who do not see, hear, point or read as others do."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page

SCRIPT: Final = Path(__file__).parents[2] / "build/ui/node_modules/axe-core/axe.min.js"
"""Installed with the page's libraries; it does not go into the wheel."""

WHOLE: Final = 6000
"""Higher than any page of ours, pixels."""

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN: Final = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => [id, help, target.join(" "), failureSummary]));
}"""


@cache
def _script() -> str:
    if not SCRIPT.is_file():
        pytest.skip("needs axe-core: make ui")
    return SCRIPT.read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """Return a line for each element of the page that breaks a rule of WCAG 2.2 AA, or a good custom.

    All of the page is in sight meanwhile: what sticks to the foot lies over nothing then, as after scrolling.
    """
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": WHOLE})
    await page.evaluate(_script())
    found: list[list[Any]] = await page.evaluate(_RUN, list(RULES))
    await page.set_viewport_size(size)
    return [f"{rule}: {words} ({where}) {why}" for rule, words, where, why in found]
