"""A service of a wheel: what is written, what is refused. With a real systemd: tests/nspawn."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edged import install_service as service
from edged.cli import main
from edged.config.toml import load
from edged.errors import PermanentError

PROGRAM = Path("/opt/pipx/venvs/edged/bin/edged")
SYSTEM = service.Installed(PROGRAM, Path("/usr/bin/python3.11"))
HOME = service.Installed(PROGRAM, Path("/root/.local/share/uv/python/bin/python3.11"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/edged").mkdir(parents=True)
    return tmp_path


def write(acts: list[service.Act]) -> list[str]:
    """Do what writes; return what is run."""
    for act in acts:
        if act.what.startswith(("write ", "remove ")):
            act.do()
    return [act.what for act in acts if not act.what.startswith(("write ", "remove "))]


def test_it_writes_what_the_package_brings(root: Path) -> None:
    run = write(service.install_acts(SYSTEM, root))
    units = root / "etc/systemd/system"
    for unit in service.UNITS:
        text = (units / unit).read_text(encoding="utf-8")
        assert text.startswith("# Made by edged install-service\n")
        assert "/opt/edged" not in text
        assert f"ExecStart={PROGRAM} " in text
        assert "\nProtectHome=yes\n" in text
    written = {path.relative_to(root).name for path in root.rglob("*") if path.is_file()}
    assert written == {*service.UNITS, "edged.conf", "edged.catalog", "99-edged.rules", "edged.toml"}
    assert load(root / "etc/edged/edged.toml").source == ()
    assert run == [
        f"systemd-sysusers {root}/etc/sysusers.d/edged.conf",
        f"systemd-tmpfiles --create {root}/etc/tmpfiles.d/edged.conf",
        "systemctl daemon-reload",
        "journalctl --update-catalog",
        "systemctl try-restart systemd-udevd.service",
        "systemctl enable edged.service edged-firstboot.service",
        "systemctl restart edged.service",
    ]


def test_nothing_in_the_folder_of_units_is_forgotten() -> None:
    told = " ".join(act.what for act in service.install_acts(SYSTEM))
    for file in service.unit_folder().iterdir():
        folder = {".sysusers": "sysusers.d", ".tmpfiles": "tmpfiles.d"}.get(file.suffix, file.name)
        assert folder in told, file


def test_what_lies_in_a_home_can_be_read_there(root: Path) -> None:
    write(service.install_acts(HOME, root))
    text = (root / "etc/systemd/system/edged.service").read_text(encoding="utf-8")
    assert "\nProtectHome=read-only\n" in text


def test_done_again_it_keeps_the_configuration(root: Path) -> None:
    config = root / "etc/edged/edged.toml"
    config.write_text("# mine\n", encoding="utf-8")
    write(service.install_acts(SYSTEM, root))
    assert config.read_text(encoding="utf-8") == "# mine\n"


def test_removed_it_leaves_configuration_and_data(root: Path) -> None:
    write(service.install_acts(SYSTEM, root))
    run = write(service.remove_acts(root))
    assert run == [
        "systemctl disable --now edged-firstboot.service",
        "systemctl disable --now edged-safe.service",
        "systemctl disable --now edged.service",
        "systemctl daemon-reload",
    ]
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["edged.toml"]
    assert write(service.remove_acts(root)) == ["systemctl daemon-reload"], "twice is no error"


def test_where_it_is_refused(root: Path) -> None:
    service.check_place(root, is_root=True)
    with pytest.raises(PermanentError, match=r"only root may make a service\. Call it with sudo\."):
        service.check_place(root, is_root=False)
    unit = root / "lib/systemd/system/edged.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    with pytest.raises(PermanentError, match="the Debian package has made the service already"):
        service.check_place(root, is_root=True)
    (root / "run/systemd/system").rmdir()
    with pytest.raises(PermanentError, match="systemd does not run here"):
        service.check_place(root, is_root=True)


@pytest.mark.parametrize("closed", ["home", "home/tools", "home/tools/edged"])
def test_a_program_that_only_its_owner_may_run_is_refused(tmp_path: Path, closed: str) -> None:
    program = tmp_path / "home/tools/edged"
    program.parent.mkdir(parents=True)
    program.touch()
    for path in (program, *program.parents):
        if path.is_relative_to(tmp_path.parents[1]):
            path.chmod(0o755)
    service.check_reachable(service.Installed(program, program))
    (tmp_path / closed).chmod(0o700)
    with pytest.raises(PermanentError, match=f"{tmp_path / 'home'}.*the user edged may not run .*PIPX_HOME"):
        service.check_reachable(service.Installed(Path("/bin/sh"), program))


def test_this_one_is_found_or_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = service.Installed.this()
    told = subprocess.run([found.program, "--version"], check=True, capture_output=True, text=True).stdout
    assert told.startswith("edged, version ")
    assert found.interpreter == Path(sys.executable).resolve()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(PermanentError, match="the command edged is not to be found"):
        service.Installed.this()


def test_it_stops_where_something_fails_and_says_what(root: Path) -> None:
    told: list[str] = []
    acts = [
        service._run("true"),
        service._run("sh", "-c", "echo 'no space' >&2; exit 1"),
        service._run("never"),
    ]
    with pytest.raises(PermanentError, match=r"it failed: no space\. Mend that and call again\."):
        service.carry_out(acts, told.append, dry_run=False)
    assert told == [act.what for act in acts[:2]]
    with pytest.raises(PermanentError, match="no-such-program is not installed"):
        service.carry_out([service._run("no-such-program")], told.append, dry_run=False)
    (root / "etc/systemd").touch()
    with pytest.raises(PermanentError, match=r"write .*edged.service: it failed: Not a directory"):
        service.carry_out(service.install_acts(SYSTEM, root)[:1], told.append, dry_run=False)


@pytest.mark.parametrize("arguments", [[], ["--remove"]])
def test_the_command_can_say_only_what_it_would_do(arguments: list[str]) -> None:
    done = CliRunner().invoke(main, ["install-service", "--dry-run", *arguments])
    assert done.exit_code == 0
    assert "systemctl daemon-reload" in done.output
    assert not Path("/etc/systemd/system/edged.service").exists()


def test_the_command_is_refused_without_systemd() -> None:
    if Path("/run/systemd/system").is_dir():
        pytest.skip("it would make a service of this machine")
    done = CliRunner().invoke(main, ["install-service"])
    assert done.exit_code == 1
    assert "Error: " in done.output
