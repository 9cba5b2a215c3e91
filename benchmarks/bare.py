"""The same job without edged: TCP lines, an SQLite outbox with group commit, paho; no recovery, no page."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

_GROUP = 256


async def main(tcp_port: int, mqtt_port: int, lines: int, folder: Path) -> None:
    """Deliver so many lines, then end."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, data BLOB)")
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", mqtt_port)
    client.loop_start()
    reader, _ = await asyncio.open_connection("127.0.0.1", tcp_port)
    group, last = [], None
    for n in range(1, lines + 1):
        group.append((n, (await reader.readline()).rstrip()))
        if len(group) == _GROUP or n == lines:
            await asyncio.to_thread(_commit, db, group)
            bodies = [json.loads(data) | {"id": i} for i, data in group]
            last = client.publish("edged/v1/bench/bare/record", json.dumps({"records": bodies}), 1)
            group = []
    if last is not None:
        await asyncio.to_thread(last.wait_for_publish)
    client.loop_stop()


def _commit(db: sqlite3.Connection, group: list[tuple[int, bytes]]) -> None:
    db.execute("BEGIN")
    db.executemany("INSERT INTO record VALUES (?, ?)", group)
    db.execute("COMMIT")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
