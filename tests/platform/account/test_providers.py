"""Signing in with identities of others, at a provider that runs for real on this machine."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from brickyard.engines.clock import ManualClock
from brickyard.engines.egress.allowed import Allowed
from brickyard.gateway.proxies import Proxies
from brickyard.platform.account.federation.directory import Registration, registrations
from brickyard.settings import Settings
from database import database
from identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from people import Mailboxes, Person


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        yield provider


@pytest.fixture
def clock() -> ManualClock:
    """The provider's clock is the machine's own."""
    import time

    return ManualClock(time.time())


@pytest.fixture
def settings(tmp_path: Path, provider: IdentityProvider) -> Settings:
    """A cloud that knows the provider, and may reach it on this machine."""
    home = tmp_path / "home"
    return Settings(
        home=home,
        database_url=database.url(home),
        port=0,
        public_url="https://cloud.example",
        trusted_proxies=Proxies.of("127.0.0.1"),
        egress_allow=Allowed.of(provider.allowed),
        oidc=(
            Registration("example", provider.issuer, CLIENT_ID, CLIENT_SECRET),
            Registration("github", provider.issuer, CLIENT_ID, CLIENT_SECRET),
            Registration("elsewhere", "http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET),
        ),
    )


async def begun(person: Person, name: str = "example") -> dict[str, Any]:
    return await person.call("BeginLogin", provider=name)


async def come_back(person: Person, provider: IdentityProvider) -> dict[str, str]:
    """Go to the provider and come back; gives what `FinishLogin` takes."""
    way = await begun(person)
    answer = await provider.visit(way["url"])
    return {"state": answer["state"], "code": answer["code"], "verifier": way["verifier"]}


async def test_whoever_has_no_account_gets_one(person: Callable[..., Person], provider: IdentityProvider):
    ada = person()
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    profile = await ada.call("Get")
    assert (profile["email"], profile["name"]) == ("ada@example.com", "Ada")
    assert (profile["has_password"], profile["providers"]) == (False, ["example"])
    assert (await ada.call("Export"))["data"]["memberships"][0]["role"] == "owner"


async def test_the_same_identity_is_the_same_account_whatever_its_email_is_by_then(
    person: Callable[..., Person], provider: IdentityProvider
):
    ada = person()
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    first = await ada.call("Get")
    provider.user |= {"email": "ada@elsewhere.example"}
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    assert (await ada.call("Get"))["id"] == first["id"]


async def test_an_identity_joins_the_account_whose_email_both_have_verified(
    ada: Person, provider: IdentityProvider
):
    account = (await ada.call("Get"))["id"]
    elsewhere = ada.elsewhere("203.0.113.9")
    await elsewhere.enter("FinishLogin", **await come_back(elsewhere, provider))
    assert (await elsewhere.call("Get"))["id"] == account


async def test_an_email_that_the_provider_has_not_verified_joins_nothing(
    ada: Person, provider: IdentityProvider
):
    provider.user |= {"email_verified": False}
    mallory = ada.elsewhere("203.0.113.66")
    await mallory.enter("FinishLogin", **await come_back(mallory, provider))
    profile = await mallory.call("Get")
    assert profile["id"] != (await ada.call("Get"))["id"]
    assert profile["email"] == ""


async def test_an_email_that_we_have_not_verified_joins_nothing(
    person: Callable[..., Person], provider: IdentityProvider, mailboxes: Mailboxes
):
    """Whoever signs up with another's e-mail in advance has nothing of what the owner makes later."""
    mallory, ada = person("ada@example.com", "203.0.113.66"), person()
    await mallory.call("SignUp", email=ada.email, password="the attacker's own")
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    assert (await mallory.post("Login", email=ada.email, password="the attacker's own")).status_code == 401
    late = {"code": mailboxes.code(ada.email), "password": "the attacker's own"}
    assert (await mallory.post("ConfirmSignUp", **late)).status_code == 400


async def test_a_victim_is_not_signed_in_with_an_attackers_answer(
    person: Callable[..., Person], provider: IdentityProvider
):
    mallory, victim = person("mallory@example.com", "203.0.113.66"), person()
    planted = await come_back(mallory, provider)
    own = await begun(victim)
    refused = await victim.post("FinishLogin", **planted | {"verifier": own["verifier"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/verifier")


async def test_the_verifier_is_in_no_url_and_in_no_file(person: Callable[..., Person]):
    ada = person()
    way = await begun(ada)
    assert way["verifier"] not in way["url"]
    home = ada.cloud.application.home
    files = b"".join(file.read_bytes() for file in home.iterdir() if file.is_file())
    assert way["verifier"].encode() not in files
    asked = parse_qs(urlsplit(way["url"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["https://cloud.example/console/login/example"]
    assert asked["nonce"]


async def test_an_answer_works_once(person: Callable[..., Person], provider: IdentityProvider):
    ada = person()
    answer = await come_back(ada, provider)
    await ada.enter("FinishLogin", **answer)
    assert (await ada.post("FinishLogin", **answer)).status_code == 400


async def test_an_answer_is_good_for_ten_minutes(
    person: Callable[..., Person], provider: IdentityProvider, clock: ManualClock
):
    ada = person()
    answer = await come_back(ada, provider)
    clock.advance(600)
    assert (await ada.post("FinishLogin", **answer)).status_code == 400


async def test_a_code_of_another_passage_is_refused_by_the_provider(
    person: Callable[..., Person], provider: IdentityProvider
):
    """The code that an attacker stole from a URL comes with no verifier that fits it (RFC 7636)."""
    ada, mallory = person(), person("mallory@example.com", "203.0.113.66")
    stolen = (await come_back(ada, provider))["code"]
    refused = await mallory.post("FinishLogin", **await come_back(mallory, provider) | {"code": stolen})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "spoiled", [{"nonce": "another"}, {"aud": "another"}, {"azp": "another"}, {"exp": 1}, {"iss": "https://evil.example"}]
)  # fmt: skip
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    person: Callable[..., Person], provider: IdentityProvider, spoiled: dict[str, Any]
):
    provider.spoil = spoiled
    refused = await person().post("FinishLogin", **await come_back(person(), provider))
    assert refused.status_code == 401


async def test_a_token_that_somebody_else_signed_is_refused(
    person: Callable[..., Person], provider: IdentityProvider
):
    ada = person()
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    real, answer = provider.key, await come_back(ada, provider)
    provider.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    provider.published = real
    assert (await ada.post("FinishLogin", **answer)).status_code == 401


async def test_keys_that_the_provider_changed_are_read_anew(
    person: Callable[..., Person], provider: IdentityProvider
):
    ada = person()
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    provider.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    await ada.enter("FinishLogin", **await come_back(ada, provider))
    assert provider.discoveries == 1


async def test_ten_first_sign_ins_at_once_make_one_account(
    person: Callable[..., Person], provider: IdentityProvider
):
    people = [person(address=f"198.51.100.{number}") for number in range(10)]
    answers = [await come_back(each, provider) for each in people]
    replies = await asyncio.gather(
        *(each.call("FinishLogin", **answer) for each, answer in zip(people, answers, strict=True))
    )
    assert len({each["account"] for each in replies}) == 1


async def test_a_provider_that_is_away_is_said_to_be(person: Callable[..., Person]):
    assert (await person().post("BeginLogin", provider="elsewhere")).status_code == 503
    assert (await person().post("BeginLogin", provider="none")).status_code == 404


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/keys", {}),
        ("/keys", {"keys": 5}),
        ("/keys", {"keys": [5]}),
        ("/keys", {"keys": [{"kty": 5}]}),
        ("/keys", ["none"]),
        ("/token", {"id_token": 5}),
        ("/token", {"id_token": None}),
        ("/token", []),
    ],
)
async def test_a_provider_that_answers_nonsense_signs_nobody_in(
    person: Callable[..., Person], provider: IdentityProvider, path: str, answer: Any
):
    came = await come_back(person(), provider)
    provider.says[path] = answer
    assert (await person().post("FinishLogin", **came)).status_code in {401, 503}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"token_endpoint_auth_methods_supported": 5}, 503),
        ({"token_endpoint_auth_methods_supported": None}, 503),
        ({"token_endpoint_auth_methods_supported": "client_secret_basic"}, 503),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, 200),
        ({"userinfo_endpoint": "nowhere"}, 503),
    ],
)
async def test_a_provider_says_of_itself_what_can_be_understood(
    person: Callable[..., Person], provider: IdentityProvider, more: dict[str, Any], status: int
):
    provider.says["/.well-known/openid-configuration"] = {
        "issuer": provider.issuer,
        "authorization_endpoint": f"{provider.issuer}/authorize",
        "token_endpoint": f"{provider.issuer}/token",
        "jwks_uri": f"{provider.issuer}/keys",
        **more,
    }
    del provider.user["email"]
    assert (await person().post("FinishLogin", **await come_back(person(), provider))).status_code == status


async def test_github_says_who_it_is_by_its_api(person: Callable[..., Person]):
    ada = person()
    way = await begun(ada, "github")
    state = parse_qs(urlsplit(way["url"]).query)["state"][0]
    await ada.enter("FinishLogin", state=state, code="good", verifier=way["verifier"])
    profile = await ada.call("Get")
    assert (profile["email"], profile["name"], profile["providers"]) == ("ada@example.com", "ada", ["github"])


async def test_a_code_that_github_refuses_signs_nobody_in(person: Callable[..., Person]):
    ada = person()
    way = await begun(ada, "github")
    state = parse_qs(urlsplit(way["url"]).query)["state"][0]
    refused = await ada.post("FinishLogin", state=state, code="bad", verifier=way["verifier"])
    assert refused.status_code == 401


def test_providers_are_read_from_the_environment():
    known = registrations(
        {
            "BRICKYARD_OIDC_GOOGLE_CLIENT_ID": "a",
            "BRICKYARD_OIDC_GOOGLE_CLIENT_SECRET": "b",
            "BRICKYARD_OIDC_ACME_ISSUER": "https://id.acme.example",
            "BRICKYARD_OIDC_ACME_CLIENT_ID": "c",
            "BRICKYARD_OIDC_ACME_CLIENT_SECRET": "d",
        }
    )
    assert known == (
        Registration("acme", "https://id.acme.example", "c", "d"),
        Registration("google", "https://accounts.google.com", "a", "b"),
    )
    assert "'d'" not in repr(known)
    with pytest.raises(ValueError, match="BRICKYARD_OIDC_ACME_CLIENT_SECRET is missing"):
        registrations({"BRICKYARD_OIDC_ACME_ISSUER": "https://a", "BRICKYARD_OIDC_ACME_CLIENT_ID": "c"})
