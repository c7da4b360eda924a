"""What the suite of all adapters knows of each: its fake, and calls to be made of it."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import msgspec

from provider_fake import Fake

FOLDER = Path(__file__).with_name("fakes")


class Ask(msgspec.Struct, frozen=True):
    """A call whose work the provider does."""

    path: str
    """`currency/Rates`."""
    request: dict[str, Any]
    shows: dict[str, Any]
    """What the reply has to show, of its fields."""
    once: bool = False
    """Whether the work is to be done once, so that nothing may be tried again."""


ASKS: dict[str, Ask] = {
    "ai": Ask("ai/Chat", {"prompt": "Who painted the Mona Lisa?"}, {"reply": "Leonardo da Vinci."}),
    "email": Ask(
        "email/Send",
        {"from": "Awesome Dot Com", "to": "ada@example.com", "subject": "Welcome", "text_body": "Hello."},
        {"state": "sent", "skipped": []},
        once=True,
    ),
    "sms": Ask(
        "sms/Send",
        {"from": "Alice", "to": "+447400123456", "message": "Hi there!"},
        {"status": "ok", "state": "accepted", "info": ""},
        once=True,
    ),
    "geocoding": Ask("geocoding/Lookup", {"address": "10 Russell Street, London"}, {"precision": "house"}),
    "weather": Ask("weather/Now", {"location": "51.51,-0.13"}, {"daytime": True}),
    "currency": Ask("currency/Rates", {"code": "EUR"}, {"code": "EUR"}),
}
"""For each service a call that every provider of it can answer."""


def fakes() -> list[Fake]:
    """Give the fakes in the folder: nothing lists them."""
    return [
        importlib.import_module(f"fakes.{each.name}").FAKE for each in pkgutil.iter_modules([str(FOLDER)])
    ]
