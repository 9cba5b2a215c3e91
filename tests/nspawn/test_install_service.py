"""A service of the wheel, under a real systemd; and the package that takes its place."""

from pathlib import Path

import pytest

from tests.nspawn.configs import HEAD, straps
from tests.nspawn.conftest import install
from tests.nspawn.container import Container
from tests.rigs import debian

CONFIG = "/etc/edged/edged.toml"
ENVIRONMENT = "/opt/pipx/venvs/edged"
EDGED = f"{ENVIRONMENT}/bin/edged"


def live(board: Container) -> bool:
    return "1 of 1 sources live." in board.show("edged.service", "StatusText")


@pytest.fixture
def pipx(fresh: Container, package: Path, tmp_path: Path) -> Container:
    """A board on which the wheel is installed as pipx does it."""
    tree = debian.unpack(package, tmp_path / "deb") / "usr/lib/edged"
    (pip,) = (tree / "pip").iterdir()
    for wheel in (pip, *(tree / "wheels").iterdir()):
        fresh.path(f"/root/{wheel.name}").write_bytes(wheel.read_bytes())
    fresh.run("python3", "-m", "venv", "--without-pip", ENVIRONMENT)
    fresh.run(
        *(f"{ENVIRONMENT}/bin/python", f"/root/{pip.name}/pip", "install", "--quiet", "--no-index"),
        *("--no-compile", "--find-links", "/root", "edged"),
        timeout_s=120,
    )
    return fresh


def test_made_used_and_replaced_by_the_package(pipx: Container, package: Path) -> None:
    board = pipx
    board.run("chmod", "o-x", "/opt/pipx")
    refused = board.attempt(EDGED, "install-service")
    assert refused.returncode == 1
    assert f"/opt/pipx: the user edged may not run {EDGED}" in refused.stderr
    board.run("chmod", "o+x", "/opt/pipx")

    board.run(EDGED, "install-service")
    board.until(lambda: "No sources configured." in board.show("edged.service", "StatusText"))
    assert board.run("stat", "-c", "%U:%G %a", CONFIG) == "root:edged 660"
    board.write(CONFIG, board.read(CONFIG) + straps("sim:resting").removeprefix(HEAD), 0o660)
    board.run("systemctl", "reload", "edged.service")
    board.until(lambda: live(board))
    assert EDGED in board.run("cat", f"/proc/{board.show('edged.service', 'MainPID')}/cmdline")
    board.run(EDGED, "install-service")
    board.until(lambda: live(board), what="done again, it is the same")

    board.path("/root/edged.deb").write_bytes(package.read_bytes())
    refused = board.attempt("dpkg", "--install", "/root/edged.deb")
    assert "Take it away first: `edged install-service --remove`" in refused.stderr
    board.run(EDGED, "install-service", "--remove")
    assert board.attempt("systemctl", "cat", "edged.service").returncode != 0
    assert board.show("edged.service", "ActiveState") == "inactive"
    install(board, package)
    board.until(lambda: live(board), what="the package takes over configuration and journal")
    refused = board.attempt(EDGED, "install-service")
    assert "the Debian package has made the service already" in refused.stderr
