"""What a board begins with: a file on its boot partition, or nothing."""

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edged.cli import main
from edged.config.toml import load
from edged.errors import ConfigError
from edged.first_boot import APPLIED, REFUSED, TAKEN, first_config, node_name, take_first

HOST = "board-7.hall.example"
GOOD = """
[node]
site = "hall"
name = "board-1"

[[source]]
name = "strap-1"
link = "sim:resting"
"""
BROKER = "\n[uplink]\nurl = 'mqtts://broker.example'\nusername = 'hall'\npassword = 's3cret'\n"


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """The command sets up the log of its process; here that is the tests' own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    folder = tmp_path / "boot"
    folder.mkdir()
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder / "edged.toml"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_good_one_is_taken(boot: Path, target: Path) -> None:
    (boot / "edged.toml").write_text(GOOD, encoding="utf-8")
    assert take_first([boot / "none", boot], target, HOST) == boot / "edged.toml"
    assert target.read_text(encoding="utf-8") == GOOD
    assert target.stat().st_mode & 0o777 == 0o660
    assert names(boot) == {APPLIED}
    assert names(target.parent) == {"edged.toml"}


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
    ],
    ids=["CRLF", "BOM", "both"],
)
@pytest.mark.parametrize("name", ["edged.toml", "edged.toml.txt"])
def test_whatever_an_editor_makes_of_it(boot: Path, target: Path, content: bytes, name: str) -> None:
    (boot / name).write_bytes(content)
    assert take_first([boot], target, HOST) == boot / name
    assert target.read_bytes() == GOOD.encode()
    assert names(boot) == {APPLIED}


def test_the_first_place_counts_and_the_rest_waits(boot: Path, target: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder, name in ((boot, "board-1"), (other, "board-2")):
        (folder / "edged.toml").write_text(GOOD.replace("board-1", name), encoding="utf-8")
    take_first([boot, other], target, HOST)
    assert load(target).node.name == "board-1"
    assert names(other) == {"edged.toml"}


def test_no_secret_stays_on_the_boot_partition(boot: Path, target: Path) -> None:
    (boot / "edged.toml").write_text(GOOD + BROKER, encoding="utf-8")
    take_first([boot], target, HOST)
    assert "s3cret" in target.read_text(encoding="utf-8")
    applied = (boot / APPLIED).read_text(encoding="utf-8")
    assert "s3cret" not in applied
    assert "username = 'hall'" in applied


def test_what_was_applied_can_be_changed_and_applied_again(boot: Path, target: Path) -> None:
    (boot / "edged.toml").write_text(GOOD + BROKER, encoding="utf-8")
    take_first([boot], target, HOST)
    applied = boot / APPLIED
    (boot / "edged.toml").write_text(applied.read_text().replace("board-1", "board-2"), encoding="utf-8")
    take_first([boot], target, HOST)
    taken = load(target)
    assert taken.node.name == "board-2"
    assert taken.uplink is not None
    assert taken.uplink.password is not None
    assert taken.uplink.password.get_secret_value() == "s3cret"


@pytest.mark.parametrize("known", [None, GOOD, "[[["], ids=["no target", "no secret there", "no TOML there"])
def test_a_secret_that_nobody_knows_is_asked_for(boot: Path, target: Path, known: str | None) -> None:
    if known is not None:
        target.write_text(known, encoding="utf-8")
    (boot / "edged.toml").write_text(GOOD + BROKER.replace("s3cret", "(kept)"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no secret to keep at uplink\.password"):
        take_first([boot], target, HOST)
    assert "uplink.password" in (boot / REFUSED).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"[[[", "is not TOML"),
        (b'[node]\nname = "Board 1"\n', "node.name"),
        (GOOD.replace("sim:", "simm:").encode(), "source[0].link"),
        ("[node]\nsite = 'Café'\n".encode("latin-1"), "is not UTF-8"),
    ],
    ids=["no TOML", "a wrong value", "a wrong link", "another encoding"],
)
def test_a_wrong_one_changes_nothing_and_says_why(boot: Path, target: Path, wrong: bytes, said: str) -> None:
    target.write_text(GOOD, encoding="utf-8")
    (boot / "edged.toml").write_bytes(wrong)
    with pytest.raises(ConfigError):
        take_first([boot], target, HOST)
    assert target.read_text(encoding="utf-8") == GOOD
    assert (boot / "edged.toml").read_bytes() == wrong
    note = (boot / REFUSED).read_bytes().decode()
    assert said in note
    assert note.replace("\r\n", "").count("\n") == 0, "a PC reads it"
    (boot / "edged.toml").write_text(GOOD.replace("board-1", "board-2"), encoding="utf-8")
    take_first([boot], target, HOST)
    assert names(boot) == {APPLIED}, "mended, it is not called wrong any more"


def test_without_any_configuration_a_wrong_one_leaves_a_first_one(boot: Path, target: Path) -> None:
    (boot / "edged.toml").write_text("[[[", encoding="utf-8")
    with pytest.raises(ConfigError):
        take_first([boot], target, HOST)
    assert load(target).node.name == "board-7", "the page can be reached, and says so"


def test_nothing_there_makes_a_first_one_once(boot: Path, target: Path) -> None:
    assert take_first([boot, boot / "none"], target, HOST) is None
    config = load(target)
    assert (config.node.name, config.journal.path) == ("board-7", Path("/var/lib/edged/edged.db"))
    assert (config.source, config.subject, config.uplink) == ((), (), None)
    target.write_text(GOOD, encoding="utf-8")
    assert take_first([boot], target, HOST) is None
    assert target.read_text(encoding="utf-8") == GOOD


def test_a_target_that_cannot_be_written_is_told_of(boot: Path, target: Path) -> None:
    (boot / "edged.toml").write_text(GOOD, encoding="utf-8")
    target.mkdir()
    with pytest.raises(ConfigError, match="cannot be saved"):
        take_first([boot], target, HOST)
    assert "cannot be saved" in (boot / REFUSED).read_text(encoding="utf-8")


@pytest.fixture
def sealed(boot: Path) -> Iterator[Path]:
    """A boot partition that is read-only, with a configuration."""
    (boot / "edged.toml").write_text(GOOD, encoding="utf-8")
    made = subprocess.run(["mount", "--bind", "-o", "ro", boot, boot], check=False, capture_output=True)
    if made.returncode != 0:
        pytest.skip("needs root, to mount a partition")
    yield boot
    subprocess.run(["umount", boot], check=True)


def test_where_it_cannot_be_removed_it_is_taken_once(
    sealed: Path, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert take_first([sealed], target, HOST) == sealed / "edged.toml"
    assert "cannot be removed from there: Read-only file system" in caplog.text
    target.write_text(GOOD.replace("board-1", "changed-on-the-page"), encoding="utf-8")
    assert take_first([sealed], target, HOST) is None
    assert load(target).node.name == "changed-on-the-page"
    assert "was taken before" in caplog.text


def test_another_one_there_is_taken_again(sealed: Path, target: Path) -> None:
    take_first([sealed], target, HOST)
    subprocess.run(["mount", "-o", "remount,rw,bind", sealed], check=True)
    (sealed / "edged.toml").write_text(GOOD.replace("board-1", "board-2"), encoding="utf-8")
    assert take_first([sealed], target, HOST) == sealed / "edged.toml"
    assert load(target).node.name == "board-2"
    assert not target.with_name(TAKEN).exists()


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("raspberrypi", "raspberrypi"),
        ("Hall_B.example.com", "hall-b"),
        ("-x-", "x"),
        ("a" * 40, "a" * 32),
        ("ä.b", "node-1"),
        ("localhost", "node-1"),
        ("", "node-1"),
    ],
)
def test_a_node_is_named_after_its_host(host: str, name: str, tmp_path: Path) -> None:
    assert node_name(host) == name
    file = tmp_path / "edged.toml"
    file.write_text(first_config(host), encoding="utf-8")
    assert load(file).node.name == name


def test_the_command(boot: Path, target: Path) -> None:
    arguments = ["first-boot", "--boot", str(boot), "-c", str(target)]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.output) == (0, "No edged.toml on the boot partition.\n")
    (boot / "edged.toml").write_text(GOOD, encoding="utf-8")
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.output) == (0, f"{boot / 'edged.toml'} is the configuration now.\n")
    (boot / "edged.toml").write_text("[[[", encoding="utf-8")
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert f"Error: {boot / 'edged.toml'}:1: is not TOML" in done.output
