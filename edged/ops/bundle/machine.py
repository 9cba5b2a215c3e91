"""What this machine and its software are, in texts."""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from edged import __version__
from edged.ops.bundle.archive import Part
from edged.ops.doctor.kernel import text


def machine_parts(root: Path) -> Iterator[Part]:
    """Yield memory, load and versions; what cannot be read is left out.

    Args:
        root: the board's file system.
    """
    for name, file in (
        ("meminfo.txt", "proc/meminfo"),
        ("uptime.txt", "proc/uptime"),
        ("loadavg.txt", "proc/loadavg"),
        ("os-release.txt", "etc/os-release"),
    ):
        if said := text(root / file):
            yield Part(name, f"{said}\n")
    yield Part("software.txt", "".join(f"{line}\n" for line in _software(root)))


def _software(root: Path) -> Iterator[str]:
    yield f"edged {__version__}"
    yield f"python {platform.python_version()} ({sys.implementation.name})"
    yield f"kernel {platform.system()} {platform.release()} {platform.machine()}"
    model = text(root / "proc/device-tree/model").rstrip("\0")
    if model:
        yield f"board {model}"
    packages = {(each.name.lower(), each.version) for each in distributions() if each.name}
    for name, version in sorted(packages):
        yield f"{name} {version}"
