"""What must not be seen: whether an account is there, and any secret in the files."""

import asyncio
import io
import time

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.platform.account.passwords import AT_ONCE, WAITING_MAX, Passwords
from people import PASSWORD, Mailboxes, Person

ROUNDS = 7
REQUESTS = {
    "Login": {"password": "not this one"},
    "SignUp": {"password": PASSWORD},
    "SendMagicLink": {},
    "SendPasswordReset": {},
}


@pytest.mark.usefixtures("strong_hashes")
@pytest.mark.parametrize("endpoint", REQUESTS)
async def test_an_answer_takes_as_long_whether_there_is_an_account_or_not(
    ada: Person, clock: ManualClock, endpoint: str
):
    took: dict[str, list[float]] = {ada.email: [], "nobody@example.com": []}
    for _ in range(ROUNDS):
        for email, times in took.items():
            clock.advance(3600)
            began = time.perf_counter()
            await ada.post(endpoint, email=email, **REQUESTS[endpoint])
            times.append(time.perf_counter() - began)
    known, unknown = (min(each) for each in took.values())  # whatever else is done meanwhile only adds
    # Without the dummy hash it would be some twenty times.
    assert 1 / 3 < known / unknown < 3


@pytest.mark.only_on("sqlite", "it reads the database's file")
async def test_no_secret_is_in_the_files_or_in_the_log(ada: Person, mailboxes: Mailboxes):
    ada.cloud.application.log._out = log = io.BytesIO()
    await ada.login()
    totp = await ada.call("SetUpTotp")
    await ada.call("SendMagicLink", email=ada.email)
    await ada.call("SendPasswordReset", email=ada.email)
    codes = [each.text.split("#code=")[1].split()[0] for each in mailboxes.letters]
    secrets = [PASSWORD, ada.token, totp["secret"], *codes]
    assert len(secrets) == 6
    home = ada.cloud.application.home
    files = b"".join(file.read_bytes() for file in home.iterdir() if file.is_file())
    assert ada.email.encode() in files  # so that what is looked for would be found
    assert [each for each in secrets if each.encode() in files] == []
    ada.cloud.application.log.flush()
    logged = log.getvalue().decode()
    assert "account.login" in logged
    assert [each for each in secrets if each in logged] == []


async def test_the_key_that_seals_is_for_its_owners_eyes_only(ada: Person):
    await ada.call("SetUpTotp")
    assert (ada.cloud.application.home / "secret").stat().st_mode & 0o777 == 0o600


async def test_what_was_sealed_for_one_opens_for_no_other(ada: Person):
    from cryptography.exceptions import InvalidTag

    seal = ada.cloud.application.seal
    sealed = await seal.close(b"a secret", "acc_1")
    assert seal.open(sealed, "acc_1") == b"a secret"
    with pytest.raises(InvalidTag):
        seal.open(sealed, "acc_2")


@pytest.mark.usefixtures("strong_hashes")
async def test_a_flood_of_passwords_is_refused_before_it_fills_the_memory():
    passwords = Passwords()
    flood = asyncio.gather(
        *(passwords.matches(None, "x") for _ in range(AT_ONCE + WAITING_MAX + 50)), return_exceptions=True
    )
    ticks = 0
    while not flood.done():  # meanwhile, the loop is free for others
        await asyncio.sleep(0.001)
        ticks += 1
    outcomes = await flood
    passwords.close()
    assert sum(isinstance(each, Unavailable) for each in outcomes) == 50
    assert outcomes.count(False) == AT_ONCE + WAITING_MAX
    assert ticks > 10


@pytest.mark.parametrize("endpoint", REQUESTS)
async def test_letters_of_both_kinds_are_answered_byte_for_byte_alike(ada: Person, endpoint: str):
    emails = (ada.email, "no@example.com")
    replies = [await ada.post(endpoint, email=each, **REQUESTS[endpoint]) for each in emails]
    first, second = (each.content.replace(each.headers["request-id"].encode(), b"") for each in replies)
    assert first == second
