"""Any provider that speaks OpenID Connect (Core 1.0, Discovery 1.0), by its issuer alone."""

import base64
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from brickyard.contract import JsonObject
from brickyard.engines.clock import Clock
from brickyard.platform.account.federation.provider import Identity, Passage
from brickyard.platform.account.federation.web import Web

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

KNOWN_FOR_NS = 3600 * 1_000_000_000
"""How long what a provider says of itself is believed."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures with a key pair: no secret of ours can have made them, and `none` is none."""
LEEWAY_S = 60
"""How far the provider's clock may be off."""


class OidcProvider:
    """One provider."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, web: Web, clock: Clock) -> None:
        """Be `client_id` to the provider at `issuer`."""
        self._issuer, self._client_id, self._client_secret = issuer, client_id, client_secret
        self._web, self._clock = web, clock
        self._known: JsonObject = {}
        self._keys: KeySet | None = None
        self._known_until_ns = 0

    async def address(self, state: str, passage: Passage) -> str:
        """Give the URL at which one signs in there."""
        known = await self._configuration()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": passage.redirect,
            "scope": "openid email profile",
            "state": state,
            "nonce": passage.nonce,
            "code_challenge": passage.challenge,
            "code_challenge_method": "S256",
        }
        address = str(known["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def identity(self, code: str, passage: Passage) -> Identity:
        """Give the identity that a code stands for."""
        known = await self._configuration()
        form, headers = self._credentials(known)
        form |= {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": passage.redirect,
            "code_verifier": passage.secret,
        }
        tokens = await self._web.post(str(known["token_endpoint"]), form, headers)
        claims = await self._claims(str(tokens.get("id_token", "")), passage.nonce)
        if "email" not in claims and "userinfo_endpoint" in known:
            token = str(tokens.get("access_token", ""))
            claims = await self._more(claims, str(known["userinfo_endpoint"]), token)
        verified = claims.get("email_verified") is True
        return Identity(
            subject=str(claims["sub"]),
            email=str(claims.get("email", "")) if verified else "",
            name=str(claims.get("name", "")),
        )

    async def _configuration(self) -> JsonObject:
        now_ns = self._clock.now_ns()
        if now_ns >= self._known_until_ns:
            found = await self._web.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if not isinstance(found, dict) or not all(isinstance(found.get(each), str) for each in needed):  # pyright: ignore[reportUnknownMemberType] - of any JSON
                raise self._web.strange()
            if found["issuer"] != self._issuer:
                raise self._web.strange()
            self._known, self._keys = cast("JsonObject", found), None
            self._known_until_ns = now_ns + KNOWN_FOR_NS
        return self._known

    def _credentials(self, known: JsonObject) -> tuple[dict[str, str], dict[str, str]]:
        """Give what shows who we are, as fields or as headers, as the provider takes it."""
        methods = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not isinstance(methods, list):
            raise self._web.strange()
        if "client_secret_basic" not in methods:
            return {"client_id": self._client_id, "client_secret": self._client_secret}, {}
        pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
        return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def _claims(self, id_token: str, nonce: str) -> JsonObject:
        """Read a token that the provider signed for us, and for this passage (Core 1.0, section 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            token = await self._decoded(id_token)
            jwt.JWTClaimsRegistry(
                now=self._clock.now_ns() // 1_000_000_000,
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(token.claims)
        except (JoseError, ValueError) as error:
            raise self._web.refused("its token is not good") from error
        if token.claims.get("azp", self._client_id) != self._client_id:
            raise self._web.refused("its token is for another")
        return token.claims

    async def _decoded(self, id_token: str) -> Any:
        """Check the signature; with the keys of now if it is by none of those known."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if self._keys is not None:
            try:
                return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                self._keys = None
        self._keys = await self._fetched_keys()
        return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)

    async def _fetched_keys(self) -> "KeySet":
        from joserfc.jwk import KeySet

        found = await self._web.get(str(self._known["jwks_uri"]))
        try:
            return KeySet.import_key_set(found)
        except (KeyError, TypeError, AttributeError) as error:  # the library reads it as it comes
            raise self._web.strange() from error

    async def _more(self, claims: JsonObject, address: str, token: str) -> JsonObject:
        """Ask for what the token leaves out (Core 1.0, section 5.3)."""
        more = await self._web.get(address, token)
        if not isinstance(more, dict) or cast("JsonObject", more).get("sub") != claims["sub"]:
            raise self._web.strange()
        return cast("JsonObject", more)
