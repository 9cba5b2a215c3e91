"""``python3 -m tests.field.straps``: straps on the air, told what to do over TCP.

A line ``off edged-strap-1`` is answered ``ok`` once done; the words are the public methods of ``Strap``.
"""

import asyncio
import os
import socket
from typing import Final

from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap as SimulatedStrap
from tests.field.straps.adapter import plug_in
from tests.field.straps.air import Air
from tests.field.straps.names import ADAPTER, CONTROL_PORT, STRAPS
from tests.field.straps.strap import Strap

_PROFILES: Final = (Profile.RESTING, Profile.STRESS, Profile.EXERCISE)


async def main() -> None:
    """Put adapter and straps on the air, and serve."""
    air = Air()
    adapter = await plug_in(air, ADAPTER)
    straps = {
        name: Strap(air, name, address, SimulatedStrap(Heart(profile, seed), battery_pct=90))
        for seed, ((name, address), profile) in enumerate(zip(STRAPS.items(), _PROFILES, strict=True))
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        what, _, name = (await reader.readline()).decode().strip().partition(" ")
        strap = straps[name]
        commands = {
            "on": strap.on,
            "off": strap.off,
            "away": strap.away,
            "back": strap.back,
            "hang": strap.hang,
            "answer": strap.answer,
        }
        await commands[what]()
        writer.write(b"ok\n")
        writer.close()
        await writer.wait_closed()

    async with asyncio.TaskGroup() as tasks:
        for name, strap in straps.items():
            tasks.create_task(strap.run(), name=name)
        # the guest's own network: only this machine's loopback is forwarded to it
        async with await asyncio.start_server(serve, "0.0.0.0", CONTROL_PORT):  # noqa: S104  of the guest, which has no network but ports of this machine
            _tell_systemd("READY=1")
            await adapter.wait_for_termination()


def _tell_systemd(state: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(state.encode(), os.environ["NOTIFY_SOCKET"])


asyncio.run(main())
