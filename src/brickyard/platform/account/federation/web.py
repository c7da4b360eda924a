"""What is said to providers over HTTP, and heard: JSON, within bounds."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import msgspec

from brickyard.contract import JsonObject, Unauthorized, Unavailable
from brickyard.engines.egress import Call, Egress, EgressRefused, Unreachable

FINE = 200
OUR_FAULT = 400
THEIR_FAULT = 500
ACCEPT_JSON = {"Accept": "application/json", "User-Agent": "brickyard"}


class Web:
    """Asks a provider."""

    def __init__(self, egress: Egress, provider: str) -> None:
        """Ask by `egress`; `provider` is what it is called in messages."""
        self._egress, self._provider = egress, provider

    async def get(self, url: str, token: str = "") -> Any:
        """Read JSON, as the bearer of a token if there is one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._ask(Call(method="GET", url=url, headers=ACCEPT_JSON | headers, body=b""))

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> JsonObject:
        """Send a form; gives the JSON object that comes back."""
        head = {**ACCEPT_JSON, "Content-Type": "application/x-www-form-urlencoded", **headers}
        reply = await self._ask(Call(method="POST", url=url, headers=head, body=urlencode(form).encode()))
        if not isinstance(reply, dict):
            raise self.strange()
        return cast("JsonObject", reply)

    def strange(self) -> Unavailable:
        """Say that the provider answers what it should not."""
        return Unavailable(f"{self._provider} gives an answer that cannot be understood.")

    def refused(self, why: str) -> Unauthorized:
        """Say that the provider vouches for nobody."""
        return Unauthorized(f"{self._provider} did not confirm the sign-in: {why}. Begin again.")

    async def _ask(self, call: Call) -> Any:
        try:
            answer = await self._egress.fetch(call)
        except (EgressRefused, Unreachable, ValueError) as error:
            raise Unavailable(f"{self._provider} cannot be reached now. {error}") from error
        if OUR_FAULT <= answer.status < THEIR_FAULT:
            raise self.refused("it refuses the code")
        if answer.status != FINE:
            raise Unavailable(f"{self._provider} answers with the status {answer.status}. Try again later.")
        try:
            return msgspec.json.decode(answer.body)
        except msgspec.DecodeError as error:
            raise self.strange() from error
