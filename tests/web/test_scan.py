"""The look around over the API: begun, told, ended by itself."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from edged.errors import SourceLost
from edged.sources.decoder import known_decoders
from edged.web.scan import MOST
from tests.rigs.service import serviced
from tests.web.air import PHONE, PORT, STRAP, heard
from tests.web.test_configuration import TEXT


async def test_what_is_around_strongest_first_and_what_is_of_use_before_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = replace(STRAP, link="sim:resting?seed=8", address="A0:9E:1A:00:00:08", rssi_dbm=-84)
    ours = replace(STRAP, link="sim:stress", address="A0:9E:1A:00:00:02", rssi_dbm=None, battery_pct=None)
    with heard(monkeypatch, PHONE, PORT, weak, ours, STRAP):
        async with serviced(tmp_path, TEXT) as stage:
            await stage.pass_time(3)
            before = (await stage.http.get("/api/v1/scan")).json()
            assert (before["running"], before["left_s"], before["devices"]) == (False, 0, [])
            assert before["decoders"] == known_decoders()
            begun = await stage.http.post("/api/v1/scan")
            assert begun.status_code == 202
            assert begun.json()["running"]
            await stage.pass_time(2)
            told = (await stage.http.get("/api/v1/scan")).json()
    assert told["running"]
    assert told["left_s"] == 28
    assert [device["address"] for device in told["devices"]] == [
        each.address for each in (STRAP, weak, ours, PORT, PHONE)
    ]
    assert [device["kind"] for device in told["devices"]] == ["strap", "strap", "strap", "port", "other"]
    assert [device["source"] for device in told["devices"]] == [None, None, "strap-2", None, None]
    assert told["devices"][0] == {
        "kind": "strap",
        "link": STRAP.link,
        "name": "Polar H10 0000007",
        "address": "A0:9E:1A:00:00:07",
        "rssi_dbm": -58,
        "signal": "strong",
        "battery_pct": 85,
        "services": ["heart rate", "feee"],
        "decoder": "heart_rate",
        "source": None,
        "connected": False,
        "used_by": "",
        "age_s": told["devices"][0]["age_s"],
        "faded": False,
    }
    assert told["devices"][2]["battery_pct"] == 100, "as its source knows"
    assert told["devices"][3]["used_by"] == "ModemManager (412)"


async def test_it_ends_by_itself_and_fades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with heard(monkeypatch, STRAP) as air:
        async with serviced(tmp_path, TEXT) as stage:
            await stage.http.post("/api/v1/scan")
            for _ in range(6):
                await stage.pass_time(5)
                assert (await stage.http.post("/api/v1/scan")).status_code == 202
            air.found = ()
            await stage.pass_time(31)
            told = (await stage.http.get("/api/v1/scan")).json()
    assert not told["running"]
    assert [(device["name"], device["faded"]) for device in told["devices"]] in ([], [(STRAP.name, True)])


async def test_what_is_in_the_way_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with heard(monkeypatch) as air:
        air.problem = SourceLost("there is no Bluetooth adapter", mend="Plug one in.")
        async with serviced(tmp_path, TEXT) as stage:
            await stage.http.post("/api/v1/scan")
            await stage.pass_time(1)
            told = (await stage.http.get("/api/v1/scan")).json()
    assert told["problems"] == ["there is no Bluetooth adapter. Plug one in."]


async def test_a_hall_full_of_phones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phones = [replace(PHONE, link=f"ble:{n}", rssi_dbm=-40 - n % 50) for n in range(250)]
    with heard(monkeypatch, *phones, STRAP):
        async with serviced(tmp_path, TEXT) as stage:
            await stage.http.post("/api/v1/scan")
            await stage.pass_time(1)
            told = (await stage.http.get("/api/v1/scan")).json()
    assert len(told["devices"]) == MOST
    assert told["left_out"] == 151
    assert told["devices"][0]["name"] == STRAP.name


async def test_a_node_that_measures_nothing_cannot_look(client: httpx.AsyncClient) -> None:
    for answer in (await client.get("/api/v1/scan"), await client.post("/api/v1/scan")):
        assert answer.status_code == 503
        assert "Nothing is measured here" in answer.json()["detail"]
