"""What was measured in the field: how long each recovery took."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Report:
    """Recoveries by what had happened, in seconds."""

    recoveries_s: dict[str, float] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as people read it."""
        width = max((len(what) for what in self.recoveries_s), default=0)
        rows = (f"  {what:<{width}}  {took_s:5.1f} s" for what, took_s in self.recoveries_s.items())
        return "\n".join(("All three straps streamed again after:", *rows))

    def write(self, path: Path) -> None:
        """Write it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text() + "\n", encoding="utf-8")
