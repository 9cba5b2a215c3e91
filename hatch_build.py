"""hatchling's build hook: a wheel, and a source distribution, carry the built page.

An editable installation does not build it (``make ui`` does), so that it works without npm.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class UiBuildHook(BuildHookInterface[Any]):
    """Runs scripts/build_ui.py before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  overrides a method of hatchling, which calls it with these
        """Build the page, unless for an editable installation.

        Raises:
            RuntimeError: it could not be built; a wheel without its page must not leave the house.
        """
        if version == "editable":
            return
        script = Path(self.root) / "scripts" / "build_ui.py"
        if subprocess.run([sys.executable, str(script)], check=False).returncode:  # noqa: S603  no shell, and each word of the command is of this file
            raise RuntimeError(
                "the page could not be built, see above; the wheel would lack edged/web/static. "
                "Run: python scripts/build_ui.py"
            )
