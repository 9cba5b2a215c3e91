"""A node as far as an overlay can see: it publishes live values and states."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.rigs.mosquitto import Mosquitto


class Publisher:
    """Publishes as ``edged/v1/<site>/<node>`` would for one subject."""

    def __init__(self, broker: Mosquitto, node: str = "node-1", subject: str = "ada") -> None:
        self.base = f"edged/v1/arena/{node}/subject/{subject}"
        self.n = 0
        self.seq = 0
        self._broker = broker
        self._client = Client(CallbackAPIVersion.VERSION2)

    def live(self, hr: object, **changes: Any) -> None:
        """Publish a live value, numbered on."""
        self.n += 1
        message = {
            "v": 1,
            "boot": "boot-1",
            "n": self.n,
            "t": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "t_ok": True,
            "hr": hr,
            "rr_ms": [820, 830],
            "rmssd_ms": None,
            "zone": None,
            "quality": "good",
            "delay_s": 0,
        }
        self.raw("live", json.dumps(message | changes))

    def wave(self, values: Sequence[float | None], quantity: str = "ecg", **changes: Any) -> None:
        """Publish a waveform whose last value was measured now, numbered on."""
        self.n += 1
        period_ms = 1000 / 65
        t0 = datetime.now(UTC) - timedelta(milliseconds=period_ms * (len(values) - 1))
        message: dict[str, Any] = {
            "v": 1,
            "boot": "boot-1",
            "n": self.n,
            "seq": self.seq,
            "t0": t0.isoformat().replace("+00:00", "Z"),
            "t_ok": True,
            "period_ms": period_ms,
            "unit": "uV",
            "values": list(values),
        } | changes
        self.seq = message["seq"] + len(values)
        self.raw(f"wave/{quantity}", json.dumps(message))

    def state(self, state: str, name: str = "Ada Lovelace") -> None:
        """Publish the retained state."""
        message = {"v": 1, "state": state, "since": "2025-11-21T14:03:22Z", "name": name, "contact": True}
        self.raw("state", json.dumps(message), qos=1, retain=True)

    def raw(self, kind: str, payload: str | bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish anything, and return when it has been sent."""
        self._client.publish(f"{self.base}/{kind}", payload, qos, retain).wait_for_publish(5)

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
