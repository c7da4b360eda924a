import pytest

from brickyard.engines.mail.mailbox import Mailbox


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("ada@example.com", "", "ada@example.com"),
        ("Ada <ada@example.com>", "Ada", "ada@example.com"),
        ('"Lovelace, Ada" <ada+x@example.com>', "Lovelace, Ada", "ada+x@example.com"),
        ("Zoë <zoe@bücher.example>", "Zoë", "zoe@xn--bcher-kva.example"),
        ("root@mailhost", "", "root@mailhost"),
        ("<ada@example.test>", "", "ada@example.test"),
        (r'"Ada \"the\" Countess" <ada@example.com>', 'Ada "the" Countess', "ada@example.com"),
        ("ada@EXAMPLE.com", "", "ada@example.com"),
    ],
)
def test_a_mailbox_is_read_and_its_domain_written_in_ascii(text: str, name: str, address: str):
    assert Mailbox.of(text) == Mailbox(name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "<>",
        "Ada <ada@example.com",
        "Ada <a@example.com> <b@example.com>",
        'Ada" <ada@example.com>',
        "@example.com",
        "ada@example.com, bob@example.com",
        "ada@example..com",
        "zoë@example.com",
        '"a b"@example.com',
        "ada@[127.0.0.1]",
        "ada@-example.com",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 64 + ".com",
        "ada@" + "a." * 150 + "com",
        "x" * 600 + " <ada@example.com>",
        "ada@example.com\r\nBcc: eve@example.com",
        "Ada\nBcc: eve@example.com <ada@example.com>",
        "Ada\u2028 <ada@example.com>",
        "ada@example.com\0",
    ],
)
def test_what_is_no_mailbox_is_refused_by_its_name(text: str):
    with pytest.raises(ValueError, match=r"^The recipient "):
        Mailbox.of(text, "recipient")
