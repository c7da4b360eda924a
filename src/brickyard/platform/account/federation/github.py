"""GitHub: OAuth 2 without OpenID Connect, so its API says who it is.

docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from typing import Any, cast
from urllib.parse import urlencode

from brickyard.platform.account.federation.provider import Identity, Passage
from brickyard.platform.account.federation.web import Web

SITE, API = "https://github.com", "https://api.github.com"


class GitHub:
    """GitHub, or a GitHub Enterprise Server at an address of its own."""

    def __init__(self, client_id: str, client_secret: str, web: Web, server: str = "") -> None:
        """Be `client_id` to GitHub, or to the server at `server`."""
        self._client_id, self._client_secret, self._web = client_id, client_secret, web
        self._site = server.rstrip("/") or SITE
        self._api = f"{server.rstrip('/')}/api/v3" if server else API

    async def address(self, state: str, passage: Passage) -> str:
        """Give the URL at which one signs in there."""
        asked = {
            "client_id": self._client_id,
            "redirect_uri": passage.redirect,
            "scope": "read:user user:email",
            "state": state,
            "code_challenge": passage.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._site}/login/oauth/authorize?{urlencode(asked)}"

    async def identity(self, code: str, passage: Passage) -> Identity:
        """Give the identity that a code stands for: GitHub refuses one with the status 200."""
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code": code,
            "redirect_uri": passage.redirect,
            "code_verifier": passage.secret,
        }
        tokens = await self._web.post(f"{self._site}/login/oauth/access_token", form, {})
        token = tokens.get("access_token")
        if not isinstance(token, str):
            raise self._web.refused("it refuses the code")
        user = await self._web.get(f"{self._api}/user", token)
        emails = await self._web.get(f"{self._api}/user/emails", token)
        if not isinstance(user, dict) or not isinstance(emails, list):
            raise self._web.strange()
        known = cast("dict[str, Any]", user)
        if not isinstance(known.get("id"), int):
            raise self._web.strange()
        name = str(known.get("name") or known.get("login") or "")
        return Identity(subject=str(known["id"]), email=_primary(cast("list[Any]", emails)), name=name)


def _primary(emails: list[Any]) -> str:
    """Give the user's own first address, if GitHub has verified it."""
    for each in emails:
        if isinstance(each, dict):
            email = cast("dict[str, Any]", each)
            if email.get("primary") is True and email.get("verified") is True:
                return str(email.get("email", ""))
    return ""
