"""A letter as it travels: RFC 5322 source, all of it ASCII, and the envelope around it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import msgspec

from brickyard.engines.clock import NANOSECONDS
from brickyard.engines.mail import Attachment, Letter
from brickyard.engines.mail.line import one_line, sound
from brickyard.engines.mail.mailbox import Mailbox

SUBJECT_MAX_CHARS = 998
TEXT_MAX_CHARS = 256 * 1024
HTML_MAX_CHARS = 1024 * 1024
ATTACHMENTS_MAX = 10
ATTACHMENTS_MAX_BYTES = 10 * 1024 * 1024
NAME_MAX_CHARS = 255
MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")
REMOVED = "The text of this letter is not kept: it was sent, or given up, and could have held a code.\n"
POLICY = SMTP.clone(cte_type="7bit")
"""Other characters are encoded, so that the letter passes through any server."""


class Envelope(msgspec.Struct, frozen=True):
    """What a server is told, and what it is given."""

    sender: str
    recipient: str
    source: bytes


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes to whom, about what. Who gets a blind copy is in no header."""

    id: str
    """Unique; the Message-ID is made of it."""
    now_ns: int
    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    subject: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Others: each one line of ASCII of at most 900 characters."""


def envelope(letter: Letter, id: str, sender: Mailbox, now_ns: int) -> Envelope:
    """Write a letter; a ValueError says what is wrong with it. `sender` is used if it names none itself."""
    sender = Mailbox.of(letter.sender, "sender") if letter.sender else sender
    recipient = Mailbox.of(letter.to, "recipient")
    reply_to = Mailbox.of(letter.reply_to, "reply-to address") if letter.reply_to else None
    heading = Heading(
        id=id, now_ns=now_ns, sender=sender, to=(recipient,), reply_to=reply_to, subject=letter.subject
    )
    written = source(heading, letter.text, letter.html, letter.attachments)
    return Envelope(sender.address, recipient.address, written)


def source(heading: Heading, text: str, html: str = "", attachments: tuple[Attachment, ...] = ()) -> bytes:
    """Write a message; a ValueError says what is wrong with it. Without text, it is its HTML alone."""
    message = EmailMessage(POLICY)
    message["From"] = heading.sender.header()
    message["To"] = [each.header() for each in heading.to]
    if heading.cc:
        message["Cc"] = [each.header() for each in heading.cc]
    if heading.reply_to is not None:
        message["Reply-To"] = heading.reply_to.header()
    message["Subject"] = one_line(heading.subject, "subject", SUBJECT_MAX_CHARS)
    message["Date"] = datetime.fromtimestamp(heading.now_ns // NANOSECONDS, UTC)
    message["Message-ID"] = f"<{heading.id}@{heading.sender.domain}>"
    if text or not html:
        message.set_content(sound(text, "text", TEXT_MAX_CHARS))
    if html:
        write = message.add_alternative if text else message.set_content
        write(sound(html, "HTML", HTML_MAX_CHARS), subtype="html")
    _attach(message, attachments)
    return b"".join(_line(*each) for each in heading.headers) + message.as_bytes()


def _line(name: str, value: str) -> bytes:
    """Write a header as it is: an `EmailMessage` would encode words that are longer than its lines."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"The header {name!r} must be one line of ASCII.")
    return f"{name}: {value}\r\n".encode("ascii")


def without_text(source: bytes) -> bytes:
    """Give a letter with its headers as they are, and word in place of all that follows them."""
    message = message_from_bytes(source, policy=POLICY)
    message.clear_content()
    message.set_content(REMOVED)
    return message.as_bytes()


def _attach(message: EmailMessage, attachments: tuple[Attachment, ...]) -> None:
    if len(attachments) > ATTACHMENTS_MAX:
        raise ValueError(
            f"The letter has {len(attachments)} attachments; at most {ATTACHMENTS_MAX} are allowed."
        )
    size = sum(len(each.content) for each in attachments)
    if size > ATTACHMENTS_MAX_BYTES:
        raise ValueError(f"The attachments have {size} bytes; at most {ATTACHMENTS_MAX_BYTES} are allowed.")
    for each in attachments:
        if not MEDIA_TYPE.fullmatch(each.media_type):
            raise ValueError(f"{each.media_type[:100]!r} is no media type like 'text/csv'.")
        main, _, sub = each.media_type.partition("/")
        name = one_line(each.name, "attachment's name", NAME_MAX_CHARS)
        message.add_attachment(each.content, maintype=main, subtype=sub, filename=name)
