#!/usr/bin/env python3
"""Writes what the code says of itself: every generated page and file.

python scripts/docs.py            write them anew
python scripts/docs.py --check    write nothing; fail, naming those that differ from the code
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edged.config import reference
from edged.ops import message_reference, metric_reference
from edged.publish import asyncapi
from scripts import dashboard

ROOT: Final = Path(__file__).resolve().parent.parent

GENERATED: Final[Mapping[str, Callable[[], str]]] = {
    "config/edged.example.toml": reference.example,
    "config/grafana/edged.json": dashboard.dashboard,
    "docs/configuration.md": reference.markdown,
    "docs/metrics.md": metric_reference.markdown,
    "docs/messages.md": message_reference.markdown,
    "systemd/edged.catalog": message_reference.catalog,
    "docs/schemas/config.schema.json": reference.schema,
    **{f"docs/schemas/{name}": partial(asyncapi.schemas().__getitem__, name) for name in asyncapi.schemas()},
}
"""Path to what returns its text."""


def outdated(root: Path) -> list[str]:
    """Return the paths whose files are missing or not what the code says."""
    return [path for path, text in GENERATED.items() if _read(root / path) != text()]


def write(root: Path) -> list[str]:
    """Write what is outdated; return its paths."""
    paths = outdated(root)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(GENERATED[path](), encoding="utf-8")
    return paths


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write, or check; return the exit code."""
    parser = argparse.ArgumentParser(description="Write all generated files.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something differs")
    if not parser.parse_args(arguments).check:
        for path in write(root):
            print(f"docs: wrote {path}")
        return 0
    wrong = outdated(root)
    for path in wrong:
        print(f"docs: {path} is not what the code says; run: python scripts/docs.py", file=sys.stderr)
    return 1 if wrong else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
