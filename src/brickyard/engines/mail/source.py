"""A letter as it travels: RFC 5322 source, all of it ASCII, and the envelope around it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import msgspec

from brickyard.engines.clock import NANOSECONDS
from brickyard.engines.mail import Letter
from brickyard.engines.mail.line import one_line, sound
from brickyard.engines.mail.mailbox import Mailbox

SUBJECT_MAX_CHARS = 998
TEXT_MAX_CHARS = 256 * 1024
HTML_MAX_CHARS = 1024 * 1024
POLICY = SMTP.clone(cte_type="7bit")
"""Other characters are encoded, so that the letter passes through any server."""


class Envelope(msgspec.Struct, frozen=True):
    """What a server is told, and what it is given."""

    sender: str
    recipient: str
    source: bytes


def envelope(letter: Letter, id: str, sender: Mailbox, now_ns: int) -> Envelope:
    """Write a letter; a ValueError says what is wrong with it. `sender` is used if it names none itself."""
    sender = Mailbox.of(letter.sender, "sender") if letter.sender else sender
    recipient = Mailbox.of(letter.to, "recipient")
    message = EmailMessage(POLICY)
    message["From"] = sender.header()
    message["To"] = recipient.header()
    if letter.reply_to:
        message["Reply-To"] = Mailbox.of(letter.reply_to, "reply-to address").header()
    message["Subject"] = one_line(letter.subject, "subject", SUBJECT_MAX_CHARS)
    message["Date"] = datetime.fromtimestamp(now_ns // NANOSECONDS, UTC)
    message["Message-ID"] = f"<{id}@{sender.domain}>"
    message.set_content(sound(letter.text, "text", TEXT_MAX_CHARS))
    if letter.html:
        message.add_alternative(sound(letter.html, "HTML", HTML_MAX_CHARS), subtype="html")
    return Envelope(sender.address, recipient.address, message.as_bytes())
