import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from brickyard.engines.webhook.signature import check_secrets, headers, new_secret

NOW_NS = time.time_ns()


def test_a_receiver_can_check_a_message_with_the_schemes_own_library():
    secret = new_secret()
    signed = headers("msg_1", '{"a": "ä"}', (secret,), NOW_NS)
    assert Webhook(secret).verify('{"a": "ä"}', signed) == {"a": "ä"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a": "b"}', signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a": "ä"}', {**signed, "webhook-id": "msg_2"})


def test_the_schemes_own_example_comes_out():
    """From the specification's test vectors."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", body, (secret,), 1_614_265_330 * 10**9)
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_secrets_change_either_is_good():
    old, new = new_secret(), new_secret()
    signed = headers("msg_1", "{}", (new, old), NOW_NS)
    for secret in (old, new):
        Webhook(secret).verify("{}", signed)


def test_new_secrets_are_good_and_differ():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    for each in made:
        check_secrets((each,))


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("",),
        ("hunter2hunter2hunter2hunter2hunter2",),
        ("whsec_hunter2",),
        ("whsec_" + base64.b64encode(b"hunter2").decode(),),
        ("whsec_" + base64.b64encode(bytes(65)).decode(),),
        (new_secret(),) * 6,
        (new_secret(), "hunter2"),
        (new_secret() + " ",),
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(given: tuple[str, ...]):
    with pytest.raises(ValueError, match="secrets: whsec_") as refused:
        check_secrets(given)
    assert "hunter2" not in str(refused.value)
