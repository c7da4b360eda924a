"""All providers there are, as doubles: what clouds of tests find in place of the world outside."""

import asyncio
import threading
from typing import Self

from msgspec.structs import replace
from reach import FAKES

from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.providers.mirrors import Mirrors
from brickyard.settings import Settings
from provider_fake import RunningFake, faking

NEEDED_CREDENTIALS = {
    "ai": {
        "service": "ai",
        "provider": "openai",
        "credentials": dict(FAKES["ai-openai"].credentials),
        "cloud": True,
    },
}
"""What `provider/Set` is given for services of which most can be done by nobody without credentials."""
LOOPBACK = "127.0.0.0/8"


class Outside:
    """Doubles of all providers, on a thread of their own."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(timeout=30)

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._listen(ready))

    async def _listen(self, ready: threading.Event) -> None:
        self._over = asyncio.Event()
        async with faking(*FAKES.values()) as running:
            self.running: list[RunningFake] = running
            ready.set()
            await self._over.wait()

    @property
    def mirrors(self) -> str:
        """Where the doubles are, as `BRICKYARD_PROVIDER_URLS` has it."""
        return " ".join(each.mirror for each in self.running)

    def url_of(self, service: str, provider: str) -> str:
        """Say where a provider's double is."""
        asked = (service, provider)
        return next(each.url for each in self.running if (each.fake.service, each.fake.provider) == asked)

    def double_of(self, origin: str) -> str:
        """Say where the double of `https://api.example.com` is."""
        return next(
            each.url for each in self.running if origin in {each.fake.origin, *each.fake.more_origins}
        )

    def reached_by(self, settings: Settings) -> Settings:
        """Give the settings of a cloud that finds the doubles where it looks for providers."""
        return replace(
            settings,
            offline=False,
            provider_urls=Mirrors.of(self.mirrors),
            egress_allow=Allowed.of(LOOPBACK),
            egress_allow_tenants=AllowedToTenants.of(LOOPBACK),
        )

    def environment(self) -> dict[str, str]:
        """Give the same as environment variables."""
        return {
            "BRICKYARD_OFFLINE": "false",
            "BRICKYARD_PROVIDER_URLS": self.mirrors,
            "BRICKYARD_EGRESS_ALLOW": LOOPBACK,
            "BRICKYARD_EGRESS_ALLOW_TENANTS": LOOPBACK,
        }
