"""The wheel, as pip, pipx and uv tool install it: away from this checkout, with what it says it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from edged import __version__
from edged.config.toml import load
from edged.install_service import UNITS
from tests.rigs import debian


@pytest.fixture(scope="module")
def edged(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment into which nothing but the wheel was asked for."""
    folder = tmp_path_factory.mktemp("wheel")
    wheels = debian.unpack(deb, folder / "deb") / "usr/lib/edged/wheels"
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = (environment / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    wanted = f"edged=={__version__}"
    subprocess.run(
        [*pip, "install", "--no-index", "--no-compile", "--find-links", wheels, wanted], check=True
    )
    subprocess.run([*pip, "check"], check=True, stdout=subprocess.DEVNULL)
    return environment / "bin/edged"


def said(edged: Path, *arguments: object) -> str:
    command = [str(edged), *map(str, arguments)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_commands(edged: Path, tmp_path: Path) -> None:
    assert said(edged, "--version") == f"edged, version {__version__}\n"
    file = tmp_path / "edged.toml"
    file.write_text(said(edged, "config", "example"), encoding="utf-8")
    assert load(file).source
    assert "good. 1 sources" in said(edged, "check", "-c", file)


def test_what_it_brings_for_a_service(edged: Path, tmp_path: Path) -> None:
    told = said(edged, "install-service", "--dry-run")
    for unit in UNITS:
        assert f"write /etc/systemd/system/{unit}" in told
    file = tmp_path / "edged.toml"
    said(edged, "first-boot", "--boot", tmp_path / "none", "-c", file)
    assert load(file).source == ()


def test_its_page(edged: Path) -> None:
    found = subprocess.run(
        [edged.with_name("python"), "-c", "import edged.web as w; print(w.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
    )
    static = Path(found.stdout.strip()) / "static"
    assert "wheel" in str(static), "not this checkout's"
    for name in ("index.html", "overlay/heart-rate.html"):
        assert (static / name).is_file(), name
