"""Changes of the configuration that meet a node as it ends, on a card so slow that a trial is over before."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from edged.daemon import Node
from edged.ops.trial import TRIAL_S
from tests.rigs.service import Stage, serviced
from tests.web.test_configuration import TEXT, patch, set_

SLOW_S = TRIAL_S + 5
THIRD = '\n[[source]]\nname = "strap-3"\nlink = "sim:resting"\n'


def node_of(stage: Stage) -> Node:
    assert stage.service._node is not None
    return stage.service._node


def sources_of(stage: Stage) -> list[str]:
    return [source.name for source in node_of(stage).view.status().sources]


async def nothing() -> None:
    """Nothing else comes as it ends."""


def slow_to_end(
    stage: Stage, patch_: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[None]] = nothing
) -> None:
    """Let the last flush of the node that runs take its time, and something come meanwhile."""
    journal = node_of(stage).journal
    flush = journal.flush

    async def slowly() -> None:
        await meanwhile()
        await stage.clock.sleep(SLOW_S)
        await flush()

    patch_.setattr(journal, "flush", slowly)


async def test_a_change_is_not_taken_back_because_the_node_ends_in_its_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        assert (await patch(stage, set_("source", "strap-1", "link", value="sim:exercise"))).is_success
        await stage.pass_time(3)
        slow_to_end(stage, monkeypatch)
    assert "sim:exercise" in stage.file.read_text(encoding="utf-8")


async def test_a_file_that_is_read_anew_as_the_node_ends_is_what_the_next_one_begins_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(2)
        text = stage.file.read_text(encoding="utf-8") + THIRD

        async def reload() -> None:
            stage.file.write_text(text, encoding="utf-8")
            stage.service.reload()

        slow_to_end(stage, monkeypatch, reload)
    assert stage.file.read_text(encoding="utf-8") == text


async def test_a_change_that_renews_the_node_is_followed_by_one_that_would_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(2)
        former = node_of(stage)
        text = stage.file.read_text(encoding="utf-8") + THIRD

        async def reload() -> None:
            stage.file.write_text(text, encoding="utf-8")
            stage.service.reload()

        slow_to_end(stage, monkeypatch, reload)
        assert (await patch(stage, set_("ble", "slots", value=3))).json()["renews"] == ["ble"]
        async with asyncio.timeout(30):
            while node_of(stage) is former:
                await stage.pass_time(0.5)
        assert sources_of(stage) == ["strap-1", "strap-2", "strap-3"]
        assert node_of(stage)._config.ble.slots != 3, "the file that was read anew says nothing of it"
