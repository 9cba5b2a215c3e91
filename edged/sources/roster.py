"""The sources of a node, each in a task of its own: begun, ended, replaced and adjusted while it runs."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from edged.config.change import Change
from edged.config.model import SourceConfig
from edged.sources.numbering import Numbering
from edged.sources.supervisor import Source
from edged.tasks import end


class Roster:
    """Who measures, in the order of the configuration.

    Args:
        configs: of the sources there are at the start.
        make: makes a source; raises what ``Source`` raises.
        numbering: numbers their samples.
        forget: is told of each source that is no more, before another one may bear its name.
    """

    def __init__(
        self,
        configs: Sequence[SourceConfig],
        make: Callable[[SourceConfig], Source],
        numbering: Numbering,
        forget: Callable[[str], None],
    ) -> None:
        self._make = make
        self._numbering = numbering
        self._forget = forget
        self._sources = {config.name: make(config) for config in configs}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, name: str) -> Source:
        return self._sources[name]

    def start(self, group: asyncio.TaskGroup) -> None:
        """Run all of them in a group; those that come later run there too."""
        self._group = group
        for source in self:
            self._run(source)

    async def stop(self) -> None:
        """End all of them."""
        tasks, self._tasks = self._tasks, {}
        await end(*tasks.values())

    def check(self, change: Change) -> None:
        """See whether the sources that go on can do so under their new settings.

        Raises:
            ConfigError: a step does not fit its stream.
        """
        for config in change.adjusted:
            self._sources[config.name].check(config)

    async def apply(self, change: Change) -> None:
        """Bring the sources to another configuration; those that it does not touch do not notice.

        Raises:
            DriverError: a source names a link or decoder that there is not; ``check_config`` tells before.
        """
        await end(*(self._tasks.pop(name) for name in change.removed if name in self._tasks))
        for name in change.removed:
            del self._sources[name]
            self._numbering.restart(name)
            self._forget(name)
        for config in change.adjusted:
            if self._sources[config.name].config.chain != config.chain:
                self._numbering.restart(config.name)
            self._sources[config.name].adjust(config)
        made = {config.name: self._make(config) for config in change.started}
        known = self._sources | made
        self._sources = {config.name: known[config.name] for config in change.after.source}
        for source in made.values():
            self._run(source)

    def _run(self, source: Source) -> None:
        if self._group is not None:
            self._tasks[source.name] = self._group.create_task(source.run(), name=f"source {source.name}")
