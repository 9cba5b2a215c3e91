"""The configuration file: whole or not at all, and what it said before."""

import os
from pathlib import Path

import pytest

from edged.config.file import ConfigFile, default_history, difference, etag_of
from edged.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    path = tmp_path / "edged.toml"
    path.write_text("[node]\n", encoding="utf-8")
    path.chmod(0o640)
    return ConfigFile(path, tmp_path / "history")


def test_it_is_replaced_and_keeps_its_mode(file: ConfigFile) -> None:
    before = file.path.stat().st_ino
    file.write("[web]\n")
    assert file.read() == "[web]\n"
    assert file.path.stat().st_ino != before, "never written in place: a power cut would leave half of it"
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.path.parent.iterdir()] == ["edged.toml"]


def test_where_it_cannot_be_written_the_old_one_stays(tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / ".edged.toml.new").mkdir()  # nothing can be written under this name
    (folder / "edged.toml").write_text("old", encoding="utf-8")
    file = ConfigFile(folder / "edged.toml", tmp_path / "history")
    with pytest.raises(ConfigError, match="cannot be saved") as told:
        file.write("new")
    assert "read-only" in told.value.mend
    assert file.read() == "old"


def test_versions_count_up_and_the_same_is_not_kept_twice(file: ConfigFile) -> None:
    for text, by in (("a", "the start"), ("b", "ada"), ("b", "ada"), ("a", "max")):
        assert file.keep(text, at="2026-01-01T00:00:00Z", by=by, changes=["x"]) is not None
    told = [(version.number, version.by, version.etag) for version in file.versions()]
    assert told == [(1, "the start", etag_of("a")), (2, "ada", etag_of("b")), (3, "max", etag_of("a"))]
    assert file.text_of(2) == "b"
    assert (file.path.parent / "history").stat().st_mode & 0o777 == 0o700, "there are secrets in it"
    with pytest.raises(LookupError, match="version 9 is not kept"):
        file.text_of(9)


def test_the_oldest_versions_go(file: ConfigFile) -> None:
    for n in range(60):
        file.keep(str(n), at="t", by="b", changes=())
    numbers = [version.number for version in file.versions()]
    assert numbers == list(range(11, 61))
    assert len(list((file.path.parent / "history").iterdir())) == 100


def test_what_is_damaged_among_them_is_left_out(file: ConfigFile, tmp_path: Path) -> None:
    file.keep("a", at="t", by="b", changes=())
    (tmp_path / "history" / "000007.json").write_text("{", encoding="utf-8")
    assert [version.number for version in file.versions()] == [1]


def test_a_history_that_cannot_be_kept_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("a file", encoding="utf-8")
    file = ConfigFile(tmp_path / "edged.toml", tmp_path / "history")
    assert file.keep("a", at="t", by="b", changes=()) is None
    assert list(file.versions()) == []


def test_where_it_is_kept() -> None:
    file = Path("/etc/edged/edged.toml")
    assert default_history(file, {}) == Path("/etc/edged/edged.toml.history")
    assert default_history(file, {"STATE_DIRECTORY": "/var/lib/edged:/x"}) == Path(
        "/var/lib/edged/configurations"
    )
    assert default_history(file).parent != Path(os.sep)


def test_a_difference_names_what_went_and_what_came() -> None:
    assert difference("a\nb\n", "a\nc\n").splitlines()[-2:] == ["-b", "+c"]
    assert difference("a", "a") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
def test_it_belongs_to_whom_it_belonged_and_a_new_one_to_its_folder_s_group(file: ConfigFile) -> None:
    os.chown(file.path, 65534, 65533)
    file.write("[web]\n")
    told = file.path.stat()
    assert (told.st_uid, told.st_gid) == (65534, 65533)
    file.path.unlink()
    os.chown(file.path.parent, 0, 65532)
    file.write("[web]\n")
    assert file.path.stat().st_gid == 65532
