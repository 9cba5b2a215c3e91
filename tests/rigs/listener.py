"""An independent consumer: paho in a thread of its own, everything kept with its time of receipt."""

import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


@dataclass(frozen=True, slots=True)
class Heard:
    """One message.

    Attributes:
        at_s: receipt, monotonic.
        node: who said it.
        topic: without the base topic of the node.
        payload: parsed.
        retain: whether it was kept at the broker.
        qos: 0 or 1.
    """

    at_s: float
    node: str
    topic: str
    payload: dict[str, Any]
    retain: bool
    qos: int


class Listener:
    """Listens to everything below ``edged/v1``, with a session that outlives the broker's restart."""

    def __init__(self, url: str, name: str = "listener") -> None:
        self.heard: list[Heard] = []
        parts = urlsplit(url)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self._client.connect(
            parts.hostname or "", parts.port or 1883, clean_start=False, properties=properties
        )

    def on(self, suffix: str) -> list[Heard]:
        """Return what was heard on topics that end so, oldest first."""
        return [heard for heard in list(self.heard) if heard.topic.endswith(suffix)]

    def records(self, last: int = 0) -> list[dict[str, Any]]:
        """Return every record and event, batches unpacked, in the order of receipt.

        Args:
            last: look at so many of the last messages only; 0 at all.
        """
        told = [heard.payload for heard in self.heard[-last:] if heard.topic in {"record", "event"}]
        return [
            {"epoch": payload["epoch"], **body}
            for payload in told
            for body in payload.get("records", [payload])
        ]

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe("edged/v1/#", 1)

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.payload:
            _, _, _, node, topic = message.topic.split("/", 4)
            self.heard.append(
                Heard(time.monotonic(), node, topic, json.loads(message.payload), message.retain, message.qos)
            )
