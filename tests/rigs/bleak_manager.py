"""bleak's own connection to the bus, which it keeps for as long as the event loop lives."""

import asyncio

from bleak.backends.bluezdbus import manager

from tests.rigs.private_bus import hang_up


async def open_bleak() -> None:
    """Open it: what a test finds left open afterwards is not it."""
    await manager.get_global_bluez_manager()


async def close_bleak() -> None:
    """Close it: a test's loop ends, and leaves no socket behind."""
    instance = manager._global_instances.pop(asyncio.get_running_loop(), None)
    if instance is None or instance._bus is None:
        return
    await hang_up(instance._bus)
    if instance._bus_watcher_task is not None:
        await asyncio.wait([instance._bus_watcher_task])
