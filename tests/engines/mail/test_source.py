import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brickyard.engines.mail import Attachment, Letter
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.source import TEXT_MAX_CHARS, Envelope, envelope, without_text

FROM = Mailbox("Brickyard", "bricks@example.org")
NOW_NS = 1_790_000_000_000_000_000


def written(**fields: str) -> Envelope:
    letter = Letter(**{"to": "ada@example.com", "subject": "Hello", "text": "Hi.", **fields})
    return envelope(letter, "ltr_1", FROM, NOW_NS)


def read(envelope: Envelope) -> EmailMessage:
    message = email.message_from_bytes(envelope.source, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()


def test_a_letter_has_the_headers_that_it_needs():
    message = read(written(reply_to="Help <help@example.org>"))
    assert dict(message.items()) == {
        "From": "Brickyard <bricks@example.org>",
        "To": "ada@example.com",
        "Reply-To": "Help <help@example.org>",
        "Subject": "Hello",
        "Date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "Message-ID": "<ltr_1@example.org>",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert text_of(message) == "Hi.\r\n"


def test_a_letter_may_name_its_own_sender():
    found = written(sender="Shop <shop@bücher.example>")
    assert found.sender == "shop@xn--bcher-kva.example"
    assert read(found)["From"] == "Shop <shop@xn--bcher-kva.example>"
    assert read(found)["Message-ID"] == "<ltr_1@xn--bcher-kva.example>"


def test_html_comes_beside_the_text():
    message = read(written(text="Grüße", html="<p>Grüße</p>"))
    assert text_of(message).strip() == "Grüße"
    assert text_of(message, "html").strip() == "<p>Grüße</p>"


@pytest.mark.parametrize("mark", ["\n", "\r", "\r\n", "\r\n\r\n", "\0", "\x0b", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("name", ["to", "subject", "sender", "reply_to"])
def test_no_line_break_gets_into_a_header(name: str, mark: str):
    value = f"ada@example.com{mark}Bcc: eve@example.com"
    with pytest.raises(ValueError, match="must not hold line breaks"):
        written(**{name: value})


@given(subject=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300))
@example(subject="=?utf-8?q?Bcc:_x?=")
@example(subject="Grüße " * 40)
def test_whatever_the_subject_the_headers_are_the_same_and_all_is_ascii(subject: str):
    found = written(subject=subject)
    assert found.source.isascii()
    message = read(found)
    assert message.keys() == read(written()).keys()
    assert message["To"] == "ada@example.com"
    assert all(len(line) <= 998 for line in found.source.split(b"\r\n"))


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=500))
@example(text=".\r\n.\r\nMAIL FROM:<eve@example.com>")
@example(text="\n.\n")
@example(text="x" * 5000)
@example(text="From me\n--\n")
def test_whatever_the_text_it_arrives_and_no_bare_line_break_travels(text: str):
    found = written(text=text)
    bare = found.source.replace(b"\r\n", b"")
    assert b"\n" not in bare
    assert b"\r" not in bare
    assert text_of(read(found)).split() == text.split()


def test_what_is_too_long_or_half_a_character_is_refused():
    with pytest.raises(ValueError, match="text has"):
        written(text="x" * (TEXT_MAX_CHARS + 1))
    with pytest.raises(ValueError, match="subject has"):
        written(subject="x" * 999)
    with pytest.raises(ValueError, match="half a character"):
        written(html="\ud800")
    with pytest.raises(ValueError, match="control characters"):
        written(subject="\ud800")


def test_files_come_with_a_letter_as_they_are():
    table = Attachment("Grüße.csv", "text/csv", b"a,b\r\n1,2\r\n\xff")
    message = read(written(html="<p>Hi</p>", attachments=(table,)))
    (found,) = message.iter_attachments()
    assert (found.get_filename(), found.get_content_type()) == ("Grüße.csv", "text/csv")
    assert found.get_payload(decode=True) == table.content


@pytest.mark.parametrize(
    "attachments",
    [
        (Attachment("a\r\nBcc: eve@example.com", "text/csv", b""),),
        (Attachment("a", "text/csv\r\nBcc: eve@example.com", b""),),
        (Attachment("a", "text", b""),),
        (Attachment("a" * 256, "text/csv", b""),),
        (Attachment("a", "text/csv", b""),) * 11,
        (Attachment("a", "text/csv", b"x" * 6_000_000),) * 2,
    ],
)
def test_files_that_are_no_files_or_too_many_are_refused(attachments: tuple[Attachment, ...]):
    with pytest.raises(ValueError, match=r"attachment|media type"):
        written(attachments=attachments)


def test_without_its_text_a_letter_has_its_headers_and_neither_html_nor_attachments():
    attachments = (Attachment("code.txt", "text/plain", b"1234"),)
    letter = Letter(
        to="Zoë <zoe@example.com>", subject="Grüße", text="1234", html="<b>1234</b>", attachments=attachments
    )
    whole = envelope(letter, "ltr_1", FROM, NOW_NS)
    before = read(whole)
    after = read(Envelope(whole.sender, whole.recipient, without_text(whole.source)))
    kept = ("From", "To", "Subject", "Date", "Message-ID")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert "is not kept" in text_of(after)
    assert not after.is_multipart()
    assert b"1234" not in without_text(whole.source)
