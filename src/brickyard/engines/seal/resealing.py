"""After a change of master keys, what the older ones have sealed is sealed anew, a batch at a time."""

from collections.abc import Sequence

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.seal.places import Place, Sealed
from brickyard.engines.seal.seal import Seal

BATCH = 100
"""Rows looked at in one go."""
PASSES_MAX = 10
LOOK_EVERY_NS = 60 * NANOSECONDS


class Found(msgspec.Struct):
    """What was found, going once through all that is sealed."""

    resealed: int = 0
    changed: int = 0
    """Values that a call changed meanwhile: they have to be looked at again."""
    unreadable: int = 0
    """Values that no key here opens."""


class Resealing:
    """Seals anew. Several gateways may do so at once; cut short, it is begun again, and goes on where it was.

    A value is put back only if it is still the one that was found, so nothing that calls write is lost.
    """

    def __init__(self, seal: Seal, places: Sequence[Place], clock: Clock) -> None:
        """Go through all `places`."""
        self._seal, self._places, self._clock = seal, places, clock
        self._done_for = ""
        """The key under which everything is sealed, as far as this process has seen to it."""

    async def step(self) -> int:
        """Do what the last change of keys asks for; gives when to look again."""
        known = await self._seal.register.known()
        self.forget({each.id for each in known if each.state == "dropped"})
        sealing = "".join(each.id for each in known if each.state == "sealing")
        if self._done_for != sealing and any(each.state == "former" for each in known):
            await self.run()
            self._done_for = sealing
        return self._clock.now_ns() + LOOK_EVERY_NS

    async def run(self) -> Found:
        """Go through everything until an older key has sealed nothing of it; gives what was found last."""
        found = await self._once()
        for _ in range(PASSES_MAX - 1):
            if not found.changed:
                break
            found = await self._once()
        return found

    def forget(self, dropped: set[str]) -> None:
        """Take keys that were given up out of the file."""
        if dropped & self._seal.file.keys().keys():
            self._seal.file.drop(dropped)
            self._seal.forget()

    async def _once(self) -> Found:
        found = Found()
        for place in self._places:
            position = place.start
            while position is not None:
                page = await place.after(position, BATCH)
                for each in page.values:
                    await self._reseal(place, each, found)
                position = page.last
        return found

    async def _reseal(self, place: Place, value: Sealed, found: Found) -> None:
        from cryptography.exceptions import InvalidTag

        try:
            anew = await self._seal.again(value.value, value.owner)
        except InvalidTag:
            found.unreadable += 1
            return
        if anew is None:
            return
        if await place.put(value, anew):
            found.resealed += 1
        else:
            found.changed += 1
