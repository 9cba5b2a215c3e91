"""The commands: what they print, how they end, what they say of bad input."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from edged.cli import main
from edged.cli.run import CONFIGURATION

GOOD = """
[[subject]]
name = "white"
[[source]]
name = "strap-1"
link = "sim:resting"
subject = "white"
"""


def edged(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """The commands set up the log of their process; here that is the tests' own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "edged.toml"
    file.write_text(GOOD, encoding="utf-8")
    return file


def test_every_command_says_what_it_does() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        shown = edged(name, "--help")
        assert shown.exit_code == 0


def test_the_doctor_in_lines(good: Path) -> None:
    file = good.parent / "doctor.toml"
    file.write_text(
        f"{GOOD}trace = '{good.parent}/gone/x.trace'\n[journal]\npath = '{good.parent}/edged.db'\n"
    )
    checks = ("--only", "configuration", "--only", "journal", "--only", "power", "--only", "storage")
    done = edged("doctor", "-c", file, *checks)
    lines = done.output.splitlines()
    assert done.exit_code == 1
    assert lines[0].startswith(
        "\N{BALLOT X} Problem        Disk           It cannot be looked at: No such file"
    )
    assert lines[0].endswith(f" [{good.parent}/gone]")
    assert f"\N{CHECK MARK} Good           Configuration  It is right. [{file}]" in lines
    assert lines[-1] == "- Not looked at  Power          This board does not tell of its voltage."


def test_the_doctor_is_content(good: Path) -> None:
    done = edged("doctor", "-c", good, "--only", "configuration", "--json")
    assert done.exit_code == 0
    report = json.loads(done.output)
    assert (report["v"], report["level"], len(report["findings"])) == (1, "ok", 1)


def test_a_warning_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "edged.toml"
    file.touch()
    done = edged("doctor", "-c", file, "--only", "configuration")
    assert done.exit_code == 0
    assert done.output.startswith("! Warning  Sources        No source is configured: nothing is measured.")


def test_a_wrong_configuration_is_a_finding(tmp_path: Path) -> None:
    done = edged("doctor", "-c", tmp_path / "gone.toml", "--only", "configuration", "--only", "journal")
    assert done.exit_code == 1
    assert [line.split()[1] for line in done.output.splitlines()] == ["Problem", "Not"]


def test_a_doctor_who_cannot_look(good: Path) -> None:
    done = edged("doctor", "-c", good, "--only", "colour")
    assert done.exit_code == 2
    assert "No check colour. Known: configuration, service, permissions, bluetooth" in done.output


def test_a_doctor_who_is_told_to_stop(good: Path) -> None:
    """BlueZ is asked, and never answers: the signal does not wait for it."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(good.parent / "bus"))
        bus.listen()
        good.write_text('[[source]]\nname = "a"\nlink = "ble:Polar*"\n', encoding="utf-8")
        command = [sys.executable, "-m", "edged", "doctor", "-c", str(good), "--only", "bluetooth"]
        address = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={good.parent}/bus"}
        with subprocess.Popen(command, env=os.environ | address, stderr=subprocess.PIPE) as looking:
            silent, _ = bus.accept()
            with silent:
                looking.send_signal(signal.SIGTERM)
                _, said = looking.communicate(timeout=20)
    assert looking.returncode == 2
    assert said.decode() == "Error: told to stop before all was looked at.\n"


def test_check_of_a_good_configuration(good: Path) -> None:
    done = edged("check", "-c", good)
    assert done.exit_code == 0
    assert done.output == f"{good}: good. 1 sources, 1 subjects.\n"
    assert json.loads(edged("check", "-c", good, "--json").output) == {
        "ok": True,
        "sources": 1,
        "subjects": 1,
    }


CHAIN = '{ stream = "%s", steps = [{ step = "lowpass", cutoff_hz = 70 }] }'


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('link = "sim:resting"', 'lnk = "x"\nlink = "sim:resting"', ":6: source[0].lnk: unknown key 'lnk'"),
        ("sim:resting", "sim:restng", "there is no profile 'restng'. Did you mean 'resting'?"),
        ("sim:resting", "smi:resting", "there is no link 'smi'. Did you mean 'sim'?"),
        ("sim:resting", "resting", "a link is a URL with a scheme"),
        (
            'link = "sim:resting"',
            'link = "sim:resting"\ndecoder = "hart_rate"',
            "source[0].decoder: there is no decoder 'hart_rate'. Did you mean 'heart_rate'?",
        ),
        ('subject = "white"', 'subject = "black"', "and there is no such subject"),
        (
            'link = "sim:resting"',
            f'link = "sim:resting"\nchain = [{CHAIN % "heart_rate"}]',
            "source[strap-1].chain[heart_rate].steps[0]: lowpass needs a constant sampling rate",
        ),
        (
            'link = "sim:resting"',
            f'link = "sim:resting"\ndecoder = "polar"\nchain = [{CHAIN % "ecg"}]',
            "source[strap-1].chain[ecg].steps[0].cutoff_hz: cutoff_hz = 70 is not below half",
        ),
    ],
)
def test_check_of_a_bad_one(good: Path, before: str, after: str, said: str) -> None:
    good.write_text(GOOD.replace(before, after), encoding="utf-8")
    done = edged("check", "-c", good)
    assert done.exit_code == 1
    assert said in done.output
    assert done.output.count("\n") == 1
    told = json.loads(edged("check", "-c", good, "--json").output)
    assert told["ok"] is False
    assert told["what"] in done.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_configuration_that_is_not_there(tmp_path: Path, command: str) -> None:
    done = edged(command, "-c", tmp_path / "none.toml")
    assert done.exit_code == (CONFIGURATION if command == "run" else 1)
    assert "none.toml: there is no such file" in done.output
    assert "edged config example" in done.output


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    done = edged("config", "example")
    assert done.exit_code == 0
    (tmp_path / "edged.toml").write_text(done.output, encoding="utf-8")
    assert edged("check", "-c", tmp_path / "edged.toml").exit_code == 0
    jsonschema.validate(tomllib.loads(done.output), json.loads(edged("config", "schema").output))


def test_record_then_replay(tmp_path: Path) -> None:
    trace = tmp_path / "strap.jsonl"
    done = edged("record", "sim:resting?seed=3", trace, "--duration", "2.2", "--json")
    assert done.exit_code == 0
    packets = json.loads(done.output)["packets"]
    assert packets >= 3
    again = edged("replay", trace, "--speed", "0")
    assert again.exit_code == 0
    told = [json.loads(line) for line in again.output.splitlines()]
    assert {line.get("stream") for line in told} >= {"heart_rate", "battery"}
    assert edged("replay", trace, "--speed", "50").output == again.output


def test_record_of_what_is_not_there(tmp_path: Path) -> None:
    done = edged("record", "tcp://127.0.0.1:1", tmp_path / "x.jsonl")
    assert done.exit_code == 1
    assert "127.0.0.1:1" in done.output
    done = edged("record", "sim:resting", tmp_path / "no" / "x.jsonl")
    assert done.exit_code == 1
    assert "cannot be written: No such file or directory" in done.output


def test_record_of_a_trace_ends_by_itself(tmp_path: Path) -> None:
    edged("record", "sim:resting?seed=3", tmp_path / "a.jsonl", "--duration", "1.5")
    done = edged("record", f"replay:{tmp_path}/a.jsonl?speed=0", tmp_path / "b.jsonl")
    assert done.exit_code == 0
    assert "packets in" in done.output


def test_replay_of_what_is_not_there(tmp_path: Path) -> None:
    done = edged("replay", tmp_path / "none.jsonl")
    assert done.exit_code == 1
    assert "none.jsonl: cannot be read: No such file or directory" in done.output


def test_replay_with_another_decoder(tmp_path: Path) -> None:
    edged("record", "sim:resting?seed=3", tmp_path / "a.jsonl", "--duration", "1.5")
    done = edged("replay", tmp_path / "a.jsonl", "--speed", "0", "--decoder", "json_lines")
    assert json.loads(done.output.splitlines()[-1])["faults"] > 0
    done = edged("replay", tmp_path / "a.jsonl", "--speed", "0", "--decoder", "nothing")
    assert done.exit_code == 1
    assert "there is no decoder 'nothing'" in done.output


def test_verify_of_no_broker() -> None:
    done = edged("verify", "--broker", "http://localhost")
    assert done.exit_code == 1
    assert "'http://localhost' is not a broker's URL" in done.output
    done = edged("verify", "--broker", "mqtt://127.0.0.1:1", "--duration", "0.5")
    assert done.exit_code == 1
    assert "Nothing was received" in done.output


def test_bench_measures_something(tmp_path: Path) -> None:
    results = json.loads(edged("bench", "--folder", tmp_path, "--json").output)
    assert len(results) == 6
    assert all(result["per_s"] > 0 and result["us"] > 0 for result in results)
    assert not list(tmp_path.iterdir())
