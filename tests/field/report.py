"""What was measured in the field: how long each recovery took."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(slots=True)
class Report:
    """Recoveries, and what the guest's kernel did beside.

    Attributes:
        recoveries_s: by what had happened, in seconds.
        kernel_bugs: how often the guest's kernel found itself at fault.
    """

    recoveries_s: dict[str, float] = field(default_factory=dict)
    kernel_bugs: int = 0

    def text(self) -> str:
        """Return it as people read it."""
        width = max((len(what) for what in self.recoveries_s), default=0)
        rows = (f"  {what:<{width}}  {took_s:5.1f} s" for what, took_s in self.recoveries_s.items())
        bugs = f"The guest's kernel reported {self.kernel_bugs} bugs of its own."
        return "\n".join(("All three straps streamed again after:", *rows, bugs))


def publish(request: pytest.FixtureRequest, path: Path, text: str) -> None:
    """Print what was measured, and keep it."""
    path.write_text(text + "\n", encoding="utf-8")
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    reporter.write_line("")
    reporter.write_line(text)
