"""One source over the API: what it went through and sent, whom it measures, which one it is."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from drivers.decoders.board.decoder import BoardDecoder
from tests.rigs.service import Stage, serviced
from tests.web.test_configuration import TEXT, patch, set_

TWO = TEXT.replace("[[source]]", '[[subject]]\nname = "black"\n\n[[source]]', 1)


async def assign(stage: Stage, source: str, subject: str | None) -> httpx.Response:
    return await stage.http.post(f"/api/v1/sources/{source}/assign", json={"subject": subject})


async def measured(stage: Stage) -> dict[str, str | None]:
    return {source["name"]: source["subject"] for source in (await stage.status())["sources"]}


async def test_its_history_newest_first_with_words(tmp_path: Path) -> None:
    text = TEXT.replace("sim:resting", "sim:resting?silent_after=4&silent_for=20")
    async with serviced(tmp_path, text) as stage:
        await stage.pass_time(40)
        told = (await stage.http.get("/api/v1/sources/strap-1/history")).json()["phases"]
    states = [phase["state"] for phase in told]
    assert states[-3:] == ["silent", "streaming", "starting"]
    assert states[0] == "streaming"
    assert "backing_off" in states
    lost = told[states.index("backing_off")]
    assert lost["words"]["word"] == "Lost"
    assert "Check that the device is on, worn and in range." in lost["words"]["sentence"]
    assert [phase["at"] for phase in told] == sorted((phase["at"] for phase in told), reverse=True)
    assert told[0]["at"].endswith("Z")


async def test_its_packets_newest_first_and_no_more_than_fifty(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        few = (await stage.http.get("/api/v1/sources/strap-1/packets")).json()["packets"]
        await stage.pass_time(60)
        many = (await stage.http.get("/api/v1/sources/strap-1/packets")).json()["packets"]
    assert 3 <= len(few) <= 8
    assert len(many) == 50
    assert {packet["channel"] for packet in few} >= {"2a37"}
    assert all(bytes.fromhex(packet["data"]) for packet in many)
    assert many[0]["at"] > many[-1]["at"]


@pytest.mark.parametrize("what", ["history", "packets"])
async def test_there_is_no_such_source(tmp_path: Path, what: str) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        answer = await stage.http.get(f"/api/v1/sources/strap-9/{what}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no source strap-9.")
        answer = await stage.http.post("/api/v1/sources/strap-9/identify")
        assert answer.status_code == 404
        assert (await assign(stage, "strap-9", None)).status_code == 404


async def test_assigned_to_another_and_to_nobody(tmp_path: Path) -> None:
    async with serviced(tmp_path, TWO) as stage:
        await stage.pass_time(3)
        done = await assign(stage, "strap-2", "black")
        assert done.status_code == 200
        assert done.json()["changes"] == ["source strap-2: subject"]
        assert done.json()["restarts"] == done.json()["renews"] == []
        assert await measured(stage) == {"strap-1": "white", "strap-2": "black"}
        assert (await assign(stage, "strap-1", None)).status_code == 200
        assert await measured(stage) == {"strap-1": None, "strap-2": "black"}
        await stage.pass_time(2)
        assert [source["restarts"] for source in (await stage.status())["sources"]] == [0, 0]
        assert 'password = "s3cret-word"  # of the stage' in stage.file.read_text(encoding="utf-8")


async def test_who_measured_a_subject_before_measures_nobody_then(tmp_path: Path) -> None:
    async with serviced(tmp_path, TWO) as stage:
        done = await assign(stage, "strap-2", "white")
        assert done.json()["changes"] == ["source strap-1: subject", "source strap-2: subject"]
        assert await measured(stage) == {"strap-1": None, "strap-2": "white"}
        again = await assign(stage, "strap-2", "white")
        assert (again.status_code, again.json()["changes"]) == (200, [])


async def test_a_subject_that_there_is_not_and_a_body_that_is_none(tmp_path: Path) -> None:
    async with serviced(tmp_path, TWO) as stage:
        before = stage.file.read_text(encoding="utf-8")
        refused = await assign(stage, "strap-1", "nobody")
        assert refused.status_code == 422
        (mistake,) = refused.json()["errors"]
        assert mistake["pointer"] == "/source/0/subject"
        assert "there is no such subject" in mistake["detail"]
        bodies: list[dict[str, Any]] = [{}, {"subject": 7}, {"subject": "white", "link": "sim:stress"}]
        for body in bodies:
            answer = await stage.http.post("/api/v1/sources/strap-1/assign", json=body)
            assert answer.status_code == 422
        assert stage.file.read_text(encoding="utf-8") == before


async def test_two_hands_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with serviced(tmp_path, TWO) as stage:
        seen = (await stage.configuration())["etag"]
        url, body = "/api/v1/sources/strap-2/assign", {"subject": "black"}
        assert (await assign(stage, "strap-1", None)).status_code == 200
        late = await stage.http.post(url, json=body, headers={"If-Match": f'"{seen}"'})
        assert late.status_code == 412
        assert late.json()["etag"] == (await stage.configuration())["etag"]
        assert await measured(stage) == {"strap-1": None, "strap-2": None}


async def test_it_is_taken_back_by_the_version_before(tmp_path: Path) -> None:
    async with serviced(tmp_path, TWO) as stage:
        before = (await stage.configuration())["etag"]
        done = await assign(stage, "strap-2", "white")
        versions = (await stage.http.get("/api/v1/configuration/versions")).json()
        number = next(version["number"] for version in versions if version["etag"] == before)
        url = f"/api/v1/configuration/versions/{number}/restore"
        back = await stage.http.post(url, headers={"If-Match": done.json()["etag"]})
        assert back.status_code == 200
        assert await measured(stage) == {"strap-1": "white", "strap-2": None}


async def test_a_strap_has_no_light(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        answer = await stage.http.post("/api/v1/sources/strap-1/identify")
        assert answer.status_code == 409
        assert answer.json()["detail"].startswith("This device has no light that could blink. Tap a strap's")


async def test_a_board_blinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        board = {"edits": [{"op": "set", "path": ["source", "strap-2", "decoder"], "value": "board"}]}
        assert (await patch(stage, board)).status_code == 200
        answer = await stage.http.post("/api/v1/sources/strap-2/identify")
        assert answer.status_code == 409
        assert "It is not connected now" in answer.json()["detail"]
        await stage.pass_time(2)
        monkeypatch.setattr(BoardDecoder, "show", lambda _self, mono_ns: mono_ns > 0)
        answer = await stage.http.post("/api/v1/sources/strap-2/identify")
        assert (answer.status_code, answer.json()) == (
            200,
            {"detail": "Its light blinks fast for ten seconds."},
        )


async def test_a_strap_that_measures_nobody_has_a_number_to_know_it_by(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(4)
        rates = {source["name"]: source["heart_rate"] for source in (await stage.status())["sources"]}
        assert 40 < rates["strap-1"] < 120
        assert 40 < rates["strap-2"] < 160
        await patch(stage, set_("source", "strap-2", "link", value="sim:stress?silent_after=0"))
        await stage.pass_time(6)
        assert (await stage.status())["sources"][1]["heart_rate"] is None


async def test_nothing_is_told_where_nothing_is_measured(client: httpx.AsyncClient) -> None:
    for method, what in (("GET", "history"), ("GET", "packets"), ("POST", "identify")):
        answer = await client.request(method, f"/api/v1/sources/strap-ada/{what}")
        assert answer.status_code == 503
