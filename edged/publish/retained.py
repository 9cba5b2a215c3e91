"""What is retained at the broker: the last word under each topic, said again after every connect."""

import asyncio

from edged.publish.address import Message
from edged.publish.mqtt import Session


class Retained:
    """A word a topic; only the newest counts.

    Put at any time; ``serve`` publishes what has changed, and at its start everything.
    """

    def __init__(self) -> None:
        self._words: dict[str, bytes] = {}
        self._due: dict[str, None] = {}
        self._cleared = set[str]()
        self._changed = asyncio.Event()
        self._said = asyncio.Event()

    def put(self, topic: str, payload: bytes) -> None:
        """Set the word under a topic; the same word again is not said again."""
        if self._words.get(topic) != payload:
            self._words[topic] = payload
            self._cleared.discard(topic)
            self.repeat(topic)

    def clear(self, topic: str) -> None:
        """Have nothing retained under a topic any more: what it was about is gone."""
        if self._words.pop(topic, None) is not None:
            self._cleared.add(topic)
            self._say(topic)

    def word(self, topic: str) -> bytes | None:
        """Return the word under a topic, or None where there is none yet."""
        return self._words.get(topic)

    def repeat(self, topic: str) -> None:
        """Have the word under a topic said again, where there is one."""
        if topic in self._words:
            self._say(topic)

    async def serve(self, session: Session) -> None:
        """Publish over one connection, until it ends.

        Raises:
            BrokerUnreachable: it has ended.
            BrokerRefused: the broker does not take a word.
        """
        self._due = dict.fromkeys((*self._words, *self._cleared))
        self._said.clear()
        while True:
            while self._due:
                topic = next(iter(self._due))
                del self._due[topic]
                # an empty word takes the retained one away (MQTT 5, 3.3.1.3)
                await session.publish(Message(topic, self._words.get(topic, b""), retain=True))
                self._cleared.discard(topic)
            self._said.set()
            self._changed.clear()
            await self._changed.wait()

    async def all_said(self) -> None:
        """Wait until the broker has every word."""
        await self._said.wait()

    def _say(self, topic: str) -> None:
        self._due[topic] = None
        self._said.clear()
        self._changed.set()
