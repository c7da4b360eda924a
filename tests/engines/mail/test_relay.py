import pytest

from brickyard.engines.mail.relay import Relay


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.com", Relay("mail.example.com", 587, "starttls")),
        ("smtp://mail.example.com:25/", Relay("mail.example.com", 25, "starttls")),
        ("smtps://mail.example.com", Relay("mail.example.com", 465, "tls")),
        ("smtp://localhost:1025", Relay("localhost", 1025, "none")),
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025, "none")),
        ("smtp://[::1]:1025", Relay("::1", 1025, "none")),
        ("smtp://localhost.example.com", Relay("localhost.example.com", 587, "starttls")),
        ("smtp://a%40b:p%2Fw@mail.example.com", Relay("mail.example.com", 587, "starttls", "a@b", "p/w")),
    ],
)
def test_a_url_names_a_relay_and_only_this_machine_goes_without_encryption(url: str, relay: Relay):
    assert Relay.of(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://h:secret@x",
        "smtp://",
        "smtp://u:secret@h:99999",
        "smtp://u:secret/x@h:1",
    ],
)
def test_what_is_no_relay_is_refused_without_showing_the_password(url: str):
    with pytest.raises(ValueError, match=r"mail server|must be like|nothing may follow") as refused:
        Relay.of(url)
    assert "secret" not in str(refused.value)


def test_a_relay_does_not_show_its_password():
    assert "secret" not in repr(Relay.of("smtp://u:secret@h"))
