"""Debian packages: the one that is built from this tree, and others made of it."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from edged import __version__

Edit = Callable[[str], str]
ROOT: Final = Path(__file__).resolve().parents[2]


def build(out: Path, tree: Path = ROOT, arch: str = "") -> Path:
    """Build the package from a source tree, as `make deb` does; return its path in a folder."""
    script = tree / "packaging" / "build_deb.py"
    more = ("--arch", arch) if arch else ()
    done = subprocess.run(
        [sys.executable, script, "--out", out, *more], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (package,) = out.glob("*.deb")
    return package


def unpack(package: Path, tree: Path) -> Path:
    """Unpack a package, with what it says of itself under ``DEBIAN``; return the folder."""
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    return tree


def variant(package: Path, version: str, edits: Mapping[str, Edit], schema: str | None = None) -> Path:
    """Return another version of a package.

    Args:
        package: what it is made of.
        version: it has.
        edits: file in the project's wheel to what becomes of its text; a file that is not there is made.
        schema: of the journal, where another one.
    """
    tree = unpack(package, package.with_name(f"tree-{version}"))
    become(tree, version, edits, schema)
    made = package.with_name(f"edged_{version}.deb")
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(tree)
    return made


def become(tree: Path, version: str, edits: Mapping[str, Edit], schema: str | None = None) -> None:
    """Make another version of an unpacked package; see ``variant``."""
    (wheel,) = (tree / "usr/lib/edged/wheels").glob("edged-*.whl")
    _rewrite(wheel, wheel.with_name(f"edged-{version}-py3-none-any.whl"), version, edits)
    wheel.unlink()
    for place in ("DEBIAN/version.json", "usr/lib/edged/version.json"):
        told = json.loads((tree / place).read_text(encoding="utf-8"))
        told |= {"version": version} | ({"schema": schema} if schema else {})
        (tree / place).write_text(json.dumps(told), encoding="utf-8")
    control = tree / "DEBIAN/control"
    text = control.read_text(encoding="utf-8").replace(f"Version: {__version__}\n", f"Version: {version}\n")
    control.write_text(text, encoding="utf-8")


def _rewrite(old: Path, new: Path, version: str, edits: Mapping[str, Edit]) -> None:
    edits = {
        "edged/__init__.py": lambda text: text.replace(__version__, version),
        f"edged-{__version__}.dist-info/METADATA": lambda text: text.replace(
            f"Version: {__version__}", f"Version: {version}"
        ),
        f"edged-{__version__}.dist-info/RECORD": lambda text: text.replace(
            f"-{__version__}.dist", f"-{version}.dist"
        ),
        **edits,
    }
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        there = set(source.namelist())
        for name in (*there, *(edits.keys() - there)):
            content = source.read(name) if name in there else b""
            if name in edits:
                content = edits[name](content.decode()).encode()
            target.writestr(
                name.replace(f"edged-{__version__}.dist-info", f"edged-{version}.dist-info"), content
            )
