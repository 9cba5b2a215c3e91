"""A configuration that is being written, over the API: edited and looked over, and nothing changes."""

from pathlib import Path
from typing import Any

from edged.config.edit import KEPT
from tests.rigs.service import Stage, serviced
from tests.web.test_configuration import TEXT


async def sketch(stage: Stage, text: str, *edits: dict[str, Any]) -> dict[str, Any]:
    answer = await stage.http.post("/api/v1/configuration/draft", json={"text": text, "edits": list(edits)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def set_(*path: str | int, value: Any) -> dict[str, Any]:
    return {"op": "set", "path": list(path), "value": value}


async def test_edits_are_made_to_the_text_that_is_sent(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        before = await stage.configuration()
        first = await sketch(stage, before["text"], set_("subject", "white", "title", value="Ada"))
        second = await sketch(stage, first["text"], set_("source", 1, "link", value="sim:exercise"))
        assert second["errors"] == []
        assert second["said"]["subject"] == [{"name": "white", "title": "Ada"}]
        assert second["said"]["uplink"]["password"] == KEPT
        assert second["plan"]["changes"] == ["subject white: title", "source strap-2: link"]
        assert second["plan"]["restarts"] == ["strap-2"]
        assert second["etag"] == before["etag"]
        assert await stage.configuration() == before


async def test_all_that_is_wrong_is_told_at_its_place_with_its_line(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        text = (await stage.configuration())["text"]
        told = await sketch(
            stage,
            text,
            set_("web", "port", value=70_000),
            set_("live", "stale_after_s", value="soon"),
            set_("source", "strap-1", "name", value="Strap 1"),
        )
        assert [each["pointer"] for each in told["errors"]] == [
            "/live/stale_after_s",
            "/web/port",
            "/source/0/name",
        ]
        lines = told["text"].splitlines()
        assert [lines[each["line"] - 1] for each in told["errors"]] == [
            'stale_after_s = "soon"',
            "port = 70000",
            'name = "Strap 1"',
        ]
        assert told["plan"] is None
        assert told["said"]["web"]["port"] == 70_000, "what is wrong is in the draft: it is mended there"


async def test_what_is_not_toml(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        told = await sketch(stage, "[web\n")
        assert (told["said"], told["plan"], len(told["errors"])) == (None, None, 1)
        assert told["errors"][0]["line"] == 1
        body = {"text": "[web\n", "edits": [set_("web", "port", value=1)]}
        answer = await stage.http.post("/api/v1/configuration/draft", json=body)
        assert answer.status_code == 422
        assert "is not TOML" in answer.json()["detail"]


async def test_a_driver_that_there_is_not_and_a_secret_that_there_is_not(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT.replace('password = "s3cret-word"  # of the stage', "")) as stage:
        text = (await stage.configuration())["text"]
        told = await sketch(stage, text, set_("source", "strap-1", "link", value="sim:dancing"))
        (error,) = told["errors"]
        assert error["pointer"] == "/source/0/link"
        told = await sketch(stage, text, set_("uplink", "password", value=KEPT))
        (error,) = told["errors"]
        assert error["pointer"] == "/uplink/password"


async def test_a_section_that_is_not_there_yet(tmp_path: Path) -> None:
    bare = TEXT.partition("[uplink]")[0] + "[web]\nport = 0\n"
    async with serviced(tmp_path, bare) as stage:
        text = (await stage.configuration())["text"]
        told = await sketch(stage, text, set_("uplink", value={}))
        assert told["plan"]["changes"] == ["uplink: added"]
        assert told["text"].rstrip().endswith("[uplink]")
        gone = await sketch(stage, told["text"], set_("uplink", value=None))
        assert gone["plan"]["changes"] == []


async def test_what_others_changed_meanwhile_is_taken_over(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        before = await stage.configuration()
        mine = await sketch(stage, before["text"], set_("subject", "white", "title", value="Ada"))
        edits = {"edits": [set_("source", "strap-2", "link", value="sim:exercise")]}
        theirs = await stage.http.patch(
            "/api/v1/configuration", json=edits, headers={"If-Match": before["etag"]}
        )
        assert theirs.status_code == 200
        body = {"text": mine["text"], "base": before["text"]}
        both = (await stage.http.post("/api/v1/configuration/draft", json=body)).json()
        assert both["plan"]["changes"] == ["subject white: title"]
        assert both["etag"] == theirs.json()["etag"]
        assert "sim:exercise" in both["text"]
        assert [line for line in both["difference"].splitlines() if line[0] in "+-"][2:] == ['+title = "Ada"']
