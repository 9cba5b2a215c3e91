"""The configuration over the API: seen, checked, applied, taken back, never overwritten unseen."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rigs.service import Stage, serviced

TEXT = """\
[node]
name = "board-1"

[journal]
path = "{folder}/edged.db"

[uplink]
url = "mqtt://127.0.0.1:1"
password = "s3cret-word"  # of the stage

[web]
port = 0

[[subject]]
name = "white"

[[source]]
name = "strap-1"
link = "sim:resting"
subject = "white"

[[source]]
name = "strap-2"
link = "sim:stress"
"""


def set_(*path: str, value: Any) -> dict[str, Any]:
    return {"edits": [{"op": "set", "path": list(path), "value": value}]}


async def patch(stage: Stage, body: dict[str, Any], etag: str | None = None) -> httpx.Response:
    etag = (await stage.configuration())["etag"] if etag is None else etag
    return await stage.http.patch("/api/v1/configuration", json=body, headers={"If-Match": f'"{etag}"'})


async def test_it_is_shown_without_its_secret(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        answer = await stage.http.get("/api/v1/configuration")
        told = answer.json()
        assert "s3cret-word" not in answer.text
        assert 'password = "(kept)"  # of the stage' in told["text"]
        assert "s3cret-word" not in str(told["values"])
        assert told["values"]["source"][0]["silence_s"] == 10
        assert answer.headers["ETag"] == f'"{told["etag"]}"'
        export = await stage.http.get("/api/v1/configuration/file")
        assert export.text == told["text"]
        assert export.headers["Content-Disposition"] == 'attachment; filename="edged.toml"'
        schema = (await stage.http.get("/api/v1/configuration/schema")).json()
        assert schema["properties"]["node"]


async def test_edits_are_applied_saved_and_kept(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        before = (await stage.status())["sources"]
        done = await patch(stage, set_("subject", "white", "title", value="Ada"))
        assert done.status_code == 200
        assert done.json()["changes"] == ["subject white: title"]
        assert done.json()["restarts"] == done.json()["renews"] == []
        assert '+title = "Ada"' in done.json()["difference"]
        assert (await stage.status())["subjects"][0]["title"] == "Ada"
        text = stage.file.read_text(encoding="utf-8")
        assert 'title = "Ada"' in text
        assert 'password = "s3cret-word"  # of the stage' in text
        await stage.pass_time(2)
        after = (await stage.status())["sources"]
        assert [s["packets"] for s in after] > [s["packets"] for s in before]
        assert [s["restarts"] for s in after] == [0, 0]
        versions = (await stage.http.get("/api/v1/configuration/versions")).json()
        assert [(v["number"], v["by"], v["changes"]) for v in versions] == [
            (2, "page", ["subject white: title"]),
            (1, "the start", []),
        ]
        first = (await stage.http.get("/api/v1/configuration/versions/1")).json()
        assert "s3cret-word" not in str(first)
        assert '-title = "Ada"' in first["difference"]


async def test_two_hands_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        etag = (await stage.configuration())["etag"]
        assert (await patch(stage, set_("subject", "white", "title", value="Ada"), etag)).status_code == 200
        late = await patch(stage, set_("subject", "white", "title", value="Max"), etag)
        assert late.status_code == 412
        assert late.json()["etag"] == (await stage.configuration())["etag"]
        assert (await stage.status())["subjects"][0]["title"] == "Ada"
        without = await stage.http.put("/api/v1/configuration", json={"text": TEXT})
        assert without.status_code == 422


@pytest.mark.parametrize(
    ("edit", "pointer", "detail"),
    [
        (set_("web", "port", value=70_000), "/web/port", "less than or equal to 65535"),
        (set_("source", "strap-1", "link", value="sim:dancing"), "/source/0/link", "dancing"),
        (set_("source", "strap-1", "colour", value="red"), "/source/0/colour", "unknown key 'colour'"),
        (set_("source", "strap-1", "subject", value="nobody"), "/source/0/subject", "no such subject"),
        (set_("source", "strap-9", "subject", value="white"), "/strap-9", "there is no strap-9"),
    ],
)
async def test_what_is_wrong_is_named_at_its_place_and_nothing_changes(
    tmp_path: Path, edit: dict[str, Any], pointer: str, detail: str
) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        before = stage.file.read_text(encoding="utf-8")
        for refused in (
            await patch(stage, edit),
            await stage.http.post("/api/v1/configuration/plan", json=edit),
        ):
            assert refused.status_code == 422
            (error,) = refused.json()["errors"]
            assert error["pointer"] == pointer
            assert detail in error["detail"]
        assert stage.file.read_text(encoding="utf-8") == before


async def test_a_text_is_checked_with_its_line(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        text = (await stage.configuration())["text"]
        wrong = await stage.http.post("/api/v1/configuration/plan", json={"text": text + "\n[[web"})
        assert wrong.json()["errors"][0]["line"] == len(text.splitlines()) + 2
        plan = await stage.http.post(
            "/api/v1/configuration/plan", json={"text": text.replace("board-1", "board-2")}
        )
        assert plan.json()["renews"] == ["node"]
        assert plan.json()["restarts"] == ["strap-1", "strap-2"]
        assert stage.file.read_text(encoding="utf-8").count("board-2") == 0


async def test_a_change_for_the_worse_is_taken_back(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        before = stage.file.read_text(encoding="utf-8")
        done = await patch(stage, set_("source", "strap-1", "link", value="tcp://127.0.0.1:1"))
        assert done.json()["restarts"] == ["strap-1"]
        assert (await stage.configuration())["trial_s"] == pytest.approx(30, abs=1)
        await stage.pass_time(29)
        assert (await stage.status())["node"]["mode"] == "normal"
        await stage.pass_time(4)
        node = (await stage.status())["node"]
        assert node["mode"] == "refused"
        assert "strap-1 has not come back within 30 s" in node["words"]["sentence"]
        assert stage.file.read_text(encoding="utf-8") == before
        await stage.pass_time(3)
        assert (await stage.status())["sources"][0]["state"] == "streaming"
        assert (await stage.configuration())["trial_s"] is None
        versions = (await stage.http.get("/api/v1/configuration/versions")).json()
        assert versions[0]["by"].startswith("taken back: source strap-1")


async def test_what_can_never_work_is_taken_back_at_once(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        await patch(stage, set_("source", "strap-1", "link", value=f"replay:{tmp_path}/none.jsonl"))
        await stage.pass_time(3)
        assert "strap-1" in (await stage.status())["node"]["words"]["sentence"]
        assert "sim:resting" in stage.file.read_text(encoding="utf-8")


async def test_a_good_change_stays_and_an_older_version_comes_back(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        await patch(stage, set_("source", "strap-1", "link", value="sim:exercise"))
        await stage.pass_time(33)
        assert (await stage.status())["node"]["mode"] == "normal"
        etag = (await stage.configuration())["etag"]
        url = "/api/v1/configuration/versions/1/restore"
        done = await stage.http.post(url, headers={"If-Match": etag})
        assert done.json()["restarts"] == ["strap-1"]
        assert (await stage.status())["sources"][0]["link"] == "sim:resting"
        gone = await stage.http.post(url.replace("/1/", "/99/"), headers={"If-Match": done.json()["etag"]})
        assert gone.status_code == 404


async def test_what_a_hand_wrote_and_never_had_read_is_kept(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        stage.file.write_text("# half of an idea", encoding="utf-8")
        assert (await patch(stage, set_("subject", "white", "title", value="Ada"))).status_code == 200
        versions = (await stage.http.get("/api/v1/configuration/versions")).json()
        assert [version["by"] for version in versions] == ["page", "a hand, never applied", "the start"]


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        (tmp_path / ".edged.toml.new").mkdir()
        refused = await patch(stage, set_("subject", "white", "title", value="Ada"))
        assert refused.status_code == 422
        assert "cannot be saved" in refused.json()["detail"]
        assert (await stage.status())["subjects"][0]["title"] == "white"


async def test_another_name_renews_the_node_under_the_open_page(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(2)
        done = await patch(stage, set_("live", "stale_after_s", value=3.0))
        assert done.json()["renews"] == []
        done = await patch(stage, set_("ble", "slots", value=3))
        assert done.status_code == 200, "the answer comes before the page goes"
        assert done.json()["renews"] == ["ble"]
