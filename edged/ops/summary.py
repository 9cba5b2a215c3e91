"""The status in one line, for those who see only one: ``systemctl status``."""

from collections.abc import Iterator

from edged.ops.status import Status

_NAMED: int = 3


def summary(status: Status) -> str:
    """Return how many sources are live, and every state that is no good one, in words."""
    return " ".join(_sentences(status))


def _sentences(status: Status) -> Iterator[str]:
    if status.node.words.icon != "dot":
        yield f"{status.node.words.word}. {status.node.words.sentence}".strip()
    sources = status.sources
    live = [source for source in sources if source.words.icon == "dot"]
    yield f"{len(live)} of {len(sources)} sources live." if sources else "No sources configured."
    off = [source for source in sources if source.words.icon not in {"dot", "bar"}]
    for source in off[:_NAMED]:
        yield f"{source.name}: {source.words.word}."
    if len(off) > _NAMED:
        yield f"{len(off) - _NAMED} more are not."
    for adapter in status.adapters:
        if adapter.words.icon in {"cross", "wave"}:
            yield f"Bluetooth {adapter.name or 'adapter'}: {adapter.words.word}."
    if status.journal.words.icon != "dot":
        yield f"Journal: {status.journal.words.word}."
    if status.broker.state == "off":
        yield "No broker configured."
    else:
        yield f"Broker: {status.broker.words.word}, {status.broker.backlog} to deliver."
    if status.node.clock == "unsynced":
        yield "Clock not set."
