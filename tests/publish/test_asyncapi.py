"""The documents of the contract: whole, true to the code, and committed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edged.model import Quality
from edged.publish import asyncapi
from edged.publish.payload import PAYLOADS, schema
from tests.publish.validating import validate

DOCS = Path(__file__).parents[2] / "docs" / "schemas"
DOCUMENT = asyncapi.document()


def resolve(reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.parametrize("name", asyncapi.schemas())
def test_the_committed_file_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == asyncapi.schemas()[name], "run scripts/docs.py"


def test_no_file_is_left_of_a_payload_that_is_gone() -> None:
    assert {f"mqtt/{path.name}" for path in (DOCS / "mqtt").iterdir()} == {
        name for name in asyncapi.schemas() if name.startswith("mqtt/")
    }


def test_it_is_asyncapi_3_and_has_nothing_that_asyncapi_has_not() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT) == {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    assert {"title", "version"} <= set(DOCUMENT["info"])
    for channel in DOCUMENT["channels"].values():
        assert set(channel) == {"address", "title", "messages", "parameters"}
    for operation in DOCUMENT["operations"].values():
        assert set(operation) == {"action", "channel", "summary", "messages", "bindings"}
        assert operation["action"] == "send"
    for message in DOCUMENT["components"]["messages"].values():
        assert set(message) == {"name", "contentType", "payload"}
        assert set(message["payload"]) == {"schemaFormat", "schema"}


def test_every_payload_has_a_channel_an_operation_and_a_message() -> None:
    assert set(DOCUMENT["channels"]) == set(PAYLOADS)
    assert set(DOCUMENT["components"]["messages"]) == set(PAYLOADS)
    assert set(DOCUMENT["operations"]) == {f"send-{name}" for name in PAYLOADS}


def test_a_channel_explains_each_parameter_of_its_address_and_no_other() -> None:
    for channel in DOCUMENT["channels"].values():
        assert set(channel["parameters"]) == set(re.findall(r"{(\w+)}", channel["address"]))
        assert {"site", "node"} <= set(channel["parameters"])


@pytest.mark.parametrize("name", PAYLOADS)
def test_references_lead_from_the_operation_to_the_schema(name: str) -> None:
    operation = DOCUMENT["operations"][f"send-{name}"]
    assert resolve(operation["channel"]["$ref"])["address"].startswith("edged/v1/{site}/{node}/")
    (reference,) = operation["messages"]
    message = resolve(resolve(reference["$ref"])["$ref"])
    assert message["name"] == name
    file = DOCS / message["payload"]["schema"]["$ref"]
    assert json.loads(file.read_text(encoding="utf-8")) == schema(name)


def test_qos_and_retain_are_those_of_the_contract() -> None:
    bindings = {
        name: (binding["qos"], binding["retain"], binding.get("messageExpiryInterval"))
        for name in PAYLOADS
        for binding in [DOCUMENT["operations"][f"send-{name}"]["bindings"]["mqtt"]]
    }
    assert bindings == {
        "status": (1, True, None),
        "subject-state": (1, True, None),
        "live": (0, False, 5),
        "wave": (0, False, 5),
        "stream": (1, True, None),
        "record": (1, False, None),
        "event": (1, False, None),
        "clock": (1, True, None),
        "test": (1, False, None),
    }


def examples() -> list[tuple[str, str]]:
    """Return the examples of the page, each with the name of its payload."""
    page = (DOCS.parent / "mqtt.md").read_text(encoding="utf-8")
    return re.findall(r"^```json (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "text"), examples())
def test_every_example_of_the_page_fits_its_schema(name: str, text: str) -> None:
    validate(json.loads(text), name)


def test_the_page_has_an_example_of_every_payload_and_names_every_topic() -> None:
    assert {name for name, _ in examples()} == set(PAYLOADS)
    page = (DOCS.parent / "mqtt.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/<>]+)` \| (\d) \| (yes|no) \|", page, re.MULTILINE)
    named = {(topic.replace("<", "{").replace(">", "}"), qos, kept) for topic, qos, kept in rows}
    assert named == {
        (
            channel.topic.removeprefix(asyncapi._TOPICS.base + "/"),
            str(channel.qos),
            "yes" if channel.retain else "no",
        )
        for channel in asyncapi._CHANNELS
    }


def test_the_page_explains_every_quality_bit() -> None:
    page = (DOCS.parent / "mqtt.md").read_text(encoding="utf-8").replace("\n", " ")
    for bit in Quality:
        assert f"{bit.value} {(bit.name or '').lower().replace('_', ' ')}" in page
