"""The contract as documents: an AsyncAPI 3 description, and a JSON Schema a payload."""

import json
from typing import Any, Final, Literal, NamedTuple

from edged.publish.live import EXPIRY_S
from edged.publish.payload import PAYLOADS, schema
from edged.publish.topics import Topics
from edged.publish.wave import EXPIRY_S as WAVE_EXPIRY_S

VERSION: Final = "1.0.0"
"""Of the contract; the first number is the v1 of topics and payloads."""

_DEFAULT_PREFIX: Final = "edged/v1"
_NAME: Final = "1 to 32 of a-z, 0-9 and '-', not '-' first."
_PARAMETERS: Final = {
    "site": f"Where the node stands. {_NAME}",
    "node": f"The board. {_NAME}",
    "subject": f"Who is measured. {_NAME}",
    "source": f"The device. {_NAME}",
    "quantity": "What is measured, such as heart_rate. 1 to 32 of a-z, 0-9 and '_', a letter first.",
}
_TOPICS: Final = Topics(_DEFAULT_PREFIX, "{site}", "{node}")


class _Channel(NamedTuple):
    """One topic, as it is published."""

    payload: str
    topic: str
    title: str
    qos: Literal[0, 1]
    retain: bool
    expiry_s: int | None = None


_CHANNELS: Final = (
    _Channel("status", _TOPICS.status, "Whether the node is online", 1, retain=True),
    _Channel("subject-state", _TOPICS.state("{subject}"), "What is known of a subject", 1, retain=True),
    _Channel("live", _TOPICS.live("{subject}"), "The newest reading", 0, retain=False, expiry_s=EXPIRY_S),
    _Channel(
        "wave",
        _TOPICS.wave("{subject}", "{quantity}"),
        "A waveform for display",
        0,
        retain=False,
        expiry_s=WAVE_EXPIRY_S,
    ),
    _Channel("stream", _TOPICS.stream("{source}", "{quantity}"), "What a stream is", 1, retain=True),
    _Channel("record", _TOPICS.record, "The record lane: samples", 1, retain=False),
    _Channel("event", _TOPICS.event, "The record lane: events", 1, retain=False),
    _Channel("clock", _TOPICS.clock, "How monotonic time maps to UTC", 1, retain=True),
    _Channel("test", _TOPICS.test, "A test of the way to the broker", 1, retain=False),
)


def document() -> dict[str, Any]:
    """Return the AsyncAPI document: what a node sends, and where."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "edged over MQTT",
            "version": VERSION,
            "description": "What a node that runs edged publishes. Every topic begins with "
            f"`{_DEFAULT_PREFIX}` unless uplink.prefix says otherwise. Consumers ignore fields that they "
            "do not know; a change that breaks them gets another version.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {channel.payload: _channel(channel) for channel in _CHANNELS},
        "operations": {f"send-{channel.payload}": _operation(channel) for channel in _CHANNELS},
        "components": {"messages": {channel.payload: _message(channel) for channel in _CHANNELS}},
    }


def schemas() -> dict[str, str]:
    """Return every document as text, by the name of its file below ``docs/schemas``."""
    told = {f"mqtt/{name}.schema.json": _text(schema(name)) for name in PAYLOADS}
    return {**told, "asyncapi.json": _text(document())}


def _channel(channel: _Channel) -> dict[str, Any]:
    named = [name for name in _PARAMETERS if f"{{{name}}}" in channel.topic]
    return {
        "address": channel.topic,
        "title": channel.title,
        "messages": {channel.payload: {"$ref": f"#/components/messages/{channel.payload}"}},
        "parameters": {name: {"description": _PARAMETERS[name]} for name in named},
    }


def _operation(channel: _Channel) -> dict[str, Any]:
    binding: dict[str, Any] = {"qos": channel.qos, "retain": channel.retain, "bindingVersion": "0.2.0"}
    if channel.expiry_s is not None:
        binding["messageExpiryInterval"] = channel.expiry_s
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel.payload}"},
        "summary": channel.title,
        "messages": [{"$ref": f"#/channels/{channel.payload}/messages/{channel.payload}"}],
        "bindings": {"mqtt": binding},
    }


def _message(channel: _Channel) -> dict[str, Any]:
    return {
        "name": channel.payload,
        "contentType": "application/json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"mqtt/{channel.payload}.schema.json"},
        },
    }


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
