"""A provider of identities on this machine: Authlib's OpenID Connect server, and GitHub's three calls."""

import threading
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx2 as httpx
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "brickyard", "s3cret"


class Client(ClientMixin):
    """Brickyard, as the provider knows it. Every redirect is good: what it guards is not tested here."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return True

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class AuthorizationCode(AuthorizationCodeMixin):
    """A code that the provider gave out."""

    auth_time = 0

    def __init__(self, code: str, user: dict[str, Any], asked: Any) -> None:
        self.code, self.user, self.redirect_uri, self.scope = code, user, asked.redirect_uri, asked.scope
        self.nonce = asked.data.get("nonce")
        self.code_challenge = asked.data.get("code_challenge")
        self.code_challenge_method = asked.data.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


class IdentityProvider:
    """Serves until it is left. Whoever comes is `user`."""

    def __init__(self) -> None:
        self.user: dict[str, Any] = {
            "sub": "u-1", "email": "ada@example.com", "email_verified": True, "name": "Ada"
        }  # fmt: skip
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.published: RSAKey | None = None
        """The key that it says it signs with, if that is another."""
        self.spoil: dict[str, Any] = {}
        """Claims that the next tokens have instead."""
        self.says: dict[str, Any] = {}
        """What it answers at a path instead, as one does that is broken."""
        self.codes: dict[str, AuthorizationCode] = {}
        self.discoveries = 0
        app = Flask("identity-provider")
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.allowed = f"127.0.0.1:{self._server.server_port}"
        self._routes(app)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    async def visit(self, url: str) -> dict[str, str]:
        """Open a URL in a browser, sign in, and give what it comes back with."""
        async with httpx.AsyncClient() as browser:
            response = await browser.get(url)
        assert response.status_code == 302, response.text
        return dict(parse_qsl(urlsplit(response.headers["location"]).query))

    def _routes(self, app: Flask) -> None:
        server = self._authorization_server(app)

        @app.before_request
        def broken() -> Any:
            return jsonify(self.says[request.path]) if request.path in self.says else None

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Any:
            self.discoveries += 1
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
            )

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(KeySet([self.published or self.key]).as_dict(private=False))

        @app.get("/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=self.user)
            return server.create_authorization_response(request, grant_user=self.user, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        self._github_routes(app)

    def _github_routes(self, app: Flask) -> None:
        @app.post("/login/oauth/access_token")
        def github_token() -> Any:
            if request.form["code"] != "good" or request.form["client_secret"] != CLIENT_SECRET:
                return jsonify(error="bad_verification_code")
            return jsonify(access_token="gho_1", token_type="bearer")

        @app.get("/api/v3/user")
        def user() -> Any:
            return jsonify(id=583231, login="ada", name=None)

        @app.get("/api/v3/user/emails")
        def emails() -> Any:
            verified = self.user["email_verified"]
            return jsonify([
                {"email": "other@example.com", "primary": False, "verified": True},
                {"email": self.user["email"], "primary": True, "verified": verified},
            ])  # fmt: skip

    def _authorization_server(self, app: Flask) -> AuthorizationServer:
        provider = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

            def save_authorization_code(self, code: str, request: Any) -> None:
                provider.codes[code] = AuthorizationCode(code, dict(request.user), request.payload)

            def query_authorization_code(self, code: str, client: Any) -> AuthorizationCode | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
                del provider.codes[authorization_code.code]

            def authenticate_user(self, authorization_code: AuthorizationCode) -> dict[str, Any]:
                return authorization_code.user

        class OpenId(OpenIDCode):
            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return False

            def resolve_client_private_key(self, client: Any) -> RSAKey:
                return provider.key

            def get_client_algorithm(self, client: Any) -> str:
                return "RS256"

            def get_client_claims(self, client: Any) -> dict[str, Any]:
                return {"iss": provider.issuer}

            def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
                return UserInfo(**user, **provider.spoil)

        server = AuthorizationServer(
            app, query_client=lambda _: Client(), save_token=lambda _token, _request: None
        )
        server.register_grant(CodeGrant, [OpenId(require_nonce=True), CodeChallenge(required=True)])
        return server
