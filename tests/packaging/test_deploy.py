"""A version takes another one's place: whole, or not at all."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.packaging.conftest import Versions
from tests.packaging.small import Small, home, is_whole, target, told

CONFIG = '[node]\nsite = "hall"\n'


def configure(root: Path, text: str) -> None:
    file = root / "etc/edged/edged.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def names(root: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in home(root).iterdir()}


def damage(root: Path, link: str) -> Path:
    """Have a file of a version say something else, as a worn card does."""
    (file,) = (home(root) / link).glob("lib/python3*/site-packages/edged/errors.py")
    text = file.read_text(encoding="utf-8")
    file.unlink()  # the states that are kept share it
    file.write_text(text.replace("Every error", "Efery error"), encoding="utf-8")
    return file


def test_the_first_version(root: Path) -> None:
    assert names(root) == {"0.1.1", "current"}
    assert (told(root), is_whole(root), target(root, "previous")) == ("0.1.1", True, "")
    environment = (home(root) / "current/pyvenv.cfg").read_text(encoding="utf-8")
    assert "partial" not in environment


def test_an_upgrade_keeps_the_version_before_and_no_other(made: Path, versions: Versions) -> None:
    root = made
    versions.new.done("install", root)
    assert (target(root), target(root, "previous"), told(root)) == ("0.1.2", "0.1.1", "0.1.2")
    versions.newer.done("install", root)
    assert names(root) == {"0.1.3", "current", "0.1.2", "previous"}
    versions.new.done("install", root)
    assert (target(root), target(root, "previous"), told(root)) == ("0.1.2", "0.1.3", "0.1.2")
    assert json.loads(versions.new.done("status", root))["damaged"] == []


def test_installed_again_a_whole_version_stays(root: Path, versions: Versions) -> None:
    before = (home(root) / "current/bin/edged").stat()
    versions.old.done("install", root)
    assert (home(root) / "current/bin/edged").stat().st_ino == before.st_ino
    assert names(root) == {"0.1.1", "current"}


def test_installed_again_a_damaged_version_is_made_anew(root: Path, versions: Versions) -> None:
    damage(root, "current")
    name = home(root).joinpath("current").readlink().name
    assert json.loads(versions.old.done("status", root))["damaged"] == [name]
    versions.old.done("install", root)
    assert (told(root), is_whole(root)) == ("0.1.1", True)
    assert target(root, "previous") == "", "there is no going back to what is damaged"
    assert json.loads(versions.old.done("status", root))["damaged"] == []


def test_whoever_installs_the_service_can_read_it(tmp_path: Path, versions: Versions) -> None:
    hostile = {
        "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PYTHONPATH": str(tmp_path),
        "PYTHONHOME": str(tmp_path),
    }
    (tmp_path / "argparse.py").write_text("raise SystemExit('another one of this name')")
    done = versions.old.deploy("install", tmp_path, environment=hostile, umask=0o077)
    assert done.returncode == 0, done.stderr
    assert told(tmp_path) == "0.1.1"
    closed = [
        path
        for path in (home(tmp_path), *home(tmp_path).rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o004 == 0
    ]
    assert closed == []


def test_too_little_space_is_told_before_anything_is_made(tiny: Path, versions: Versions) -> None:
    (tiny / "ballast").write_bytes(bytes(150_000_000))
    done = versions.old.deploy("install", tiny)
    assert done.returncode == 1
    assert "edged 0.1.1 takes" in done.stderr
    assert "are free. Free some space and run: dpkg --configure -a" in done.stderr
    assert list(home(tiny).iterdir()) == []


@pytest.mark.field
def test_for_want_of_space_the_version_before_the_current_one_goes(tiny: Path, versions: Versions) -> None:
    versions.old.done("install", tiny)
    versions.new.done("install", tiny)
    versions.newer.done("install", tiny)
    assert names(tiny) == {"0.1.3", "0.1.2", "current", "previous"}
    assert (told(tiny), is_whole(tiny)) == ("0.1.3", True)


def test_what_cannot_be_put_together_leaves_the_version_there_is(
    root: Path, deb: Path, tmp_path: Path
) -> None:
    broken = Small.of(deb, tmp_path / "broken", "0.1.4")
    (wheel,) = broken.wheels.glob("pydantic_core-*.whl")
    wheel.unlink()
    done = broken.deploy("install", root)
    assert done.returncode == 1
    assert "edged 0.1.4-" in done.stderr
    assert "No module named 'pydantic_core'" in done.stderr
    assert "Traceback" in done.stderr, "what pip or edged says of it"
    assert (names(root), told(root)) == ({"0.1.1", "current"}, "0.1.1")


def test_a_configuration_that_only_the_old_version_takes(root: Path, deb: Path, tmp_path: Path) -> None:
    configure(root, CONFIG)
    stranger = Small.of(
        deb,
        tmp_path / "stranger",
        "0.1.4",
        {"edged/config/model.py": lambda text: text.replace("    site: Name", "    place: Name")},
    )
    done = stranger.deploy("install", root)
    assert done.returncode == 1
    assert "does not take the configuration, which 0.1.1-" in done.stderr
    assert "unknown key 'site'. Known here: place, name." in done.stderr
    assert target(root) == "0.1.1"
    configure(root, "[[[")
    stranger.done("install", root)
    assert target(root) == "0.1.4", "one that is wrong anyway is no reason"


def journal(root: Path, schema: int, path: str = "var/lib/edged/edged.db") -> Path:
    """Make a journal that is in use: what it says is still in its WAL."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    db = sqlite3.connect(file)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA user_version = {schema}")
    db.commit()
    copies = [file.with_name(file.name + suffix) for suffix in ("", "-wal")]
    for copy in copies:
        shutil.copyfile(copy, copy.with_name(f"{copy.name}.copy"))
    db.close()
    for copy in copies:
        copy.with_name(f"{copy.name}.copy").replace(copy)
    return file


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ("", "var/lib/edged/edged.db"),
        ("[[[", "var/lib/edged/edged.db"),
        ("journal = 1", "var/lib/edged/edged.db"),
        ('[journal]\npath = "/mnt/state/my journal?.db"\n', "mnt/state/my journal?.db"),
        ('[journal]\npath = "my.db"\n', "var/lib/edged/my.db"),
    ],
    ids=["no word of it", "no TOML", "no table", "elsewhere", "beside"],
)
def test_a_journal_of_a_newer_one_is_not_given_to_an_older_one(
    root: Path, versions: Versions, config: str, path: str
) -> None:
    configure(root, config)
    file = journal(root, 2, path)
    done = versions.new.deploy("install", root)
    assert done.returncode == 1
    assert (
        f"{file} was written by a newer edged: it has schema 2, and edged 0.1.2 knows up to 1. Keep"
        in done.stderr
    )
    assert names(root) == {"0.1.1", "current"}


def test_a_journal_of_this_one_stays_as_it_is(made: Path, versions: Versions) -> None:
    file = journal(made, 1)
    before = [path.read_bytes() for path in (file, file.with_name("edged.db-wal"))]
    versions.new.done("install", made)
    assert [path.read_bytes() for path in (file, file.with_name("edged.db-wal"))] == before
    assert target(made) == "0.1.2"


def test_a_damaged_journal_is_left_to_the_daemon(made: Path, versions: Versions) -> None:
    file = made / "var/lib/edged/edged.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a journal" * 1000)
    versions.new.done("install", made)
    assert file.read_bytes().startswith(b"not a journal")


def test_a_service_of_the_wheel_has_to_go_first(made: Path, versions: Versions) -> None:
    unit = made / "etc/systemd/system/edged.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("# Made by edged install-service\n[Unit]\n", encoding="utf-8")
    done = versions.new.deploy("install", made)
    assert done.returncode == 1
    assert f"{unit} is there already" in done.stderr
    assert "`edged install-service --remove`" in done.stderr
    unit.write_text("# by `systemctl edit --full`\n[Unit]\n", encoding="utf-8")
    versions.new.done("install", made)


def test_going_back_by_hand_and_forth_again(both: Path, versions: Versions) -> None:
    root = both
    unit = root / "lib/systemd/system/edged.service"
    unit.write_text("another version's\n", encoding="utf-8")
    assert versions.new.done("rollback", root).startswith("edged 0.1.1-")
    assert (target(root), target(root, "previous"), told(root)) == ("0.1.1", "0.1.2", "0.1.1")
    assert unit.read_text(encoding="utf-8") == (home(root) / "current/units/edged.service").read_text()
    versions.new.done("rollback", root)
    assert (target(root), target(root, "previous"), told(root)) == ("0.1.2", "0.1.1", "0.1.2")


def test_there_may_be_nothing_to_go_back_to(root: Path, versions: Versions) -> None:
    done = versions.old.deploy("rollback", root)
    assert (done.returncode, target(root)) == (1, "0.1.1")
    assert "there is no version to go back to. Install the package of the one that you want." in done.stderr


def test_nobody_goes_back_to_what_is_damaged(both: Path, versions: Versions) -> None:
    damage(both, "previous")
    done = versions.new.deploy("rollback", both)
    assert (done.returncode, target(both)) == (1, "0.1.2")
    assert "there is no version to go back to" in done.stderr


def test_nobody_goes_back_to_what_could_not_read_the_journal(both: Path, versions: Versions) -> None:
    journal(both, 2)
    done = versions.new.deploy("rollback", both)
    assert (done.returncode, target(both)) == (1, "0.1.2")
    assert "edged 0.1.1 knows up to 1" in done.stderr


def test_removed_nothing_is_left(both: Path, versions: Versions) -> None:
    (home(both) / "x.partial").mkdir()
    versions.new.done("remove", both)
    assert not home(both).exists()
    versions.new.done("remove", both)
