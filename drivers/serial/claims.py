"""Which source of this node has which port."""

from collections.abc import Iterator
from contextlib import contextmanager

from edged.errors import SourceLost


class Claims:
    """The ports that sources have, by device node: two names may mean the same port."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    @contextmanager
    def held(self, device: str, source: str, path: str) -> Iterator[None]:
        """Hold a port for a source.

        Raises:
            SourceLost: another source has it.
        """
        other = self._sources.get(device)
        if other is not None:
            raise SourceLost(
                f"this port is taken: source {other!r} has {device}",
                where=path,
                mend="Give every source a port of its own; `edged scan` lists them.",
            )
        self._sources[device] = source
        try:
            yield
        finally:
            del self._sources[device]
