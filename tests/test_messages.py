"""The table of messages, and that whatever is worth more than debug goes through it."""

import ast
import logging
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from edged import messages
from edged.log import Message
from edged.messages import MESSAGES
from edged.ops.message_reference import catalog, markdown
from tests.rigs.journal import needs_journal

ROOT: Final = Path(__file__).parent.parent
SOURCES: Final = sorted([*ROOT.glob("edged/**/*.py"), *ROOT.glob("drivers/**/*.py")])
CONTEXT: Final = {"source", "subject", "broker"}
"""What may be told with any message, for it to be found by."""

METHODS: Final = {"info", "warning", "warn", "error", "exception", "critical", "fatal", "log"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def places() -> Iterator[tuple[str, ast.Call]]:
    """Every call, with where it is."""
    for path in SOURCES:
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(ROOT)}:{call.lineno}", call


def is_to_a_logger(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in METHODS:
        return False
    owner = function.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name in {"_log", "log", "logger", "logging", "_logger"}


EVENTS: Final = [
    (where, call)
    for where, call in places()
    if isinstance(call.func, ast.Name) and call.func.id == "log_event"
]


def test_each_has_a_name_and_an_id_of_its_own() -> None:
    found = {name: value for name, value in vars(messages).items() if isinstance(value, Message)}
    assert len(found) == len(MESSAGES) > 50
    assert {name: name.lower() for name in found} == {name: message.name for name, message in found.items()}
    ids = [message.id for message in found.values()]
    assert len(set(ids)) == len(ids)
    assert all(uuid.UUID(hex=each).version == 4 and re.fullmatch("[0-9a-f]{32}", each) for each in ids)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_each_says_when_and_who_has_to_act_what_to_do(message: Message) -> None:
    assert message.when.endswith(".")
    assert bool(message.mend) or message.level == logging.INFO
    assert "%" not in re.sub(r"%\(\w+\)[+.0-9]*[a-z]", "", message.text)
    assert message.level in {logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL}


def test_nothing_above_debug_goes_round_the_table() -> None:
    past = [where for where, call in places() if is_to_a_logger(call)]
    assert [where.partition(":")[0] for where in past] == ["edged/log.py"], past


@pytest.mark.parametrize(("where", "call"), EVENTS, ids=[where for where, _ in EVENTS])
def test_each_call_gives_what_its_message_says(where: str, call: ast.Call) -> None:
    logger, name = call.args
    assert isinstance(logger, ast.Name), where
    assert isinstance(name, ast.Name), f"{where}: name the message, so that it can be checked"
    message = getattr(messages, name.id)
    given = {keyword.arg for keyword in call.keywords} - {"error"}
    assert set(message.fields) <= given <= set(message.fields) | CONTEXT


def test_each_is_written_somewhere() -> None:
    written = {call.args[1].id.lower() for _, call in EVENTS if isinstance(call.args[1], ast.Name)}
    assert written == set(MESSAGES)


def test_the_reference_has_each_with_its_mend() -> None:
    page = markdown()
    for message in MESSAGES.values():
        assert f"## `{message.name}`" in page
        assert message.id in page
        assert message.mend in page
    assert "> source *source*: back after *away_s* s" in page


@needs_journal
def test_the_catalog_is_one_that_systemd_takes(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (folder / "edged.catalog").write_text(catalog(), encoding="utf-8")
    subprocess.run(["journalctl", f"--root={tmp_path}", "--update-catalog"], check=True, capture_output=True)
    listed = subprocess.run(
        ["journalctl", f"--root={tmp_path}", "--list-catalog"], check=True, capture_output=True, text=True
    ).stdout
    assert {line.split(" ")[0] for line in listed.splitlines()} == {each.id for each in MESSAGES.values()}
    assert f"{messages.SOURCE_BACK.id} edged: source @EDGED_SOURCE@: back after @EDGED_AWAY_S@ s" in listed
