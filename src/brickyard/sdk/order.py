"""A request as it goes out, and what is read from the answer; the same for both clients."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from brickyard.contract.service import Endpoint
from brickyard.contract.words import Int64, decode_word, encode_word
from brickyard.sdk.errors import Problem, UnreadableReplyError

Value = TypeVar("Value")

JSON = "application/json"
EVENTS = "text/event-stream"
