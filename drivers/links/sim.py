"""The link to a simulated heart-rate strap."""

from dataclasses import replace
from difflib import get_close_matches
from math import inf
from typing import Final

from edged.errors import DriverError
from edged.model import NS_PER_S, Packet
from edged.sim.physiology import ECTOPIC_MAX, Heart, Profile, chance
from edged.sim.strap import Spell, Strap
from edged.sources.link import Deliver, LinkContext, LinkUrl

_A_YEAR_S: Final = 366 * 86_400


class SimLink:
    """A strap that notifies once a second, at ``sim:PROFILE``.

    The profiles are resting, exercise, stress and recovery. Options: ``seed`` (another wearer), ``ectopic``
    (probability of a premature beat, 0 to 0.25), ``battery`` (%), ``energy=1`` (energy expended too);
    ``silent_after`` and ``silent_for``, ``contact_lost_after`` and ``contact_lost_for`` (seconds since the
    link first ran; without a length it lasts for ever).

    The body lives on while the link does not run: a connection that is made again finds it where it has
    got to, and a strap that is silent stays so however often it is connected.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        url.only(
            "seed",
            "ectopic",
            "battery",
            "energy",
            "silent_after",
            "silent_for",
            "contact_lost_after",
            "contact_lost_for",
        )
        seed = _whole(url, "seed", 0, 2**53)
        heart = Heart(_profile(url), seed, url.number("ectopic", 0.0, minimum=0.0, maximum=ECTOPIC_MAX))
        self._strap = Strap(
            heart,
            battery_pct=_whole(url, "battery", 100, 100),
            energy=bool(_whole(url, "energy", 0, 1)),
            silent=_spell(url, "silent"),
            contact_lost=_spell(url, "contact_lost"),
        )
        # Straps do not notify in the same instant.
        self._offset_ns = int(chance(seed, "notification") * NS_PER_S)
        self._clock = context.clock
        self._began_ns: int | None = None
        self._second = 0

    async def run(self, deliver: Deliver) -> None:
        """Notify every second; never ends by itself.

        Seconds that passed while the node slept are left out, as a receiver that slept misses them.
        """
        if self._began_ns is None:
            self._began_ns = self._clock.mono_ns() + self._offset_ns
        self._second = max(self._second, -(-(self._clock.mono_ns() - self._began_ns) // NS_PER_S))
        greeting = self._strap.greeting(self._second) if self._second else ()  # second 0 has its own
        while True:
            due_ns = self._began_ns + self._second * NS_PER_S
            await self._clock.sleep(max(0, due_ns - self._clock.mono_ns()) / NS_PER_S)
            now_ns = self._clock.mono_ns()
            second = max(self._second, (now_ns - self._began_ns) // NS_PER_S)
            self._second = second + 1
            packets = (*greeting, *self._strap.packets(second))
            greeting = ()
            for packet in packets:
                deliver(replace(packet, mono_ns=now_ns))

    async def send(self, command: Packet) -> None:
        """Take a command and forget it: there is nothing a strap can be told."""


def _profile(url: LinkUrl) -> Profile:
    known = [profile.value for profile in Profile]
    if url.target not in known:
        near = get_close_matches(url.target, known, n=1)
        raise DriverError(
            f"there is no profile {url.target!r}",
            where=url.text,
            mend=f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}.",
        )
    return Profile(url.target)


def _whole(url: LinkUrl, option: str, default: int, maximum: int) -> int:
    value = url.number(option, default, minimum=0, maximum=maximum)
    if value != int(value):
        raise DriverError(f"{option}={url.options[option]} is not a whole number", where=url.text)
    return int(value)


def _spell(url: LinkUrl, name: str) -> Spell:
    after, length = f"{name}_after", f"{name}_for"
    if length in url.options and after not in url.options:
        raise DriverError(f"{length} without {after}", where=url.text, mend=f"Add {after}=SECONDS.")
    if after not in url.options:
        return Spell()
    return Spell(
        url.number(after, inf, minimum=0, maximum=_A_YEAR_S),
        url.number(length, inf, minimum=0, maximum=_A_YEAR_S),
    )
