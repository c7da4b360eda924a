"""Amazon SNS: messages that it posts to an address, and how they are known to be its own.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

Anybody can have it sign something, by a topic of one's own: a signature says nothing without the topic.
"""

import re
from base64 import b64decode

import msgspec

from brickyard.providers.failure import Failure

CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Fa-f]{1,64}\.pem")
VERSION = "2"
"""By SHA-256. Version 1, by SHA-1, is what topics have unless they are told; it is not taken."""


class Posted(msgspec.Struct, rename="pascal"):
    """What it posts: a notification, or the question whether an address wants to have them."""

    type: str
    message_id: str
    topic_arn: str
    timestamp: str
    message: str
    signature: str
    signature_version: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_url: str | None = msgspec.field(name="SubscribeURL", default=None)

    @property
    def signed(self) -> bytes:
        """What its signature is of: names and values in the order of the alphabet, those that are there."""
        named = {
            "Message": self.message,
            "MessageId": self.message_id,
            "Subject": self.subject if self.type == "Notification" else None,
            "SubscribeURL": self.subscribe_url if self.type != "Notification" else None,
            "Timestamp": self.timestamp,
            "Token": self.token if self.type != "Notification" else None,
            "TopicArn": self.topic_arn,
            "Type": self.type,
        }
        return "".join(f"{name}\n{value}\n" for name, value in named.items() if value is not None).encode()


def origin(region: str) -> str:
    """Give where SNS is in a region."""
    return f"https://sns.{region}.amazonaws.com"


def read(body: bytes, topic: str, region: str) -> Posted:
    """Read what was posted, and see that it says to be of a topic, and names a certificate of SNS's.

    That is still to be had, and the signature to be checked by it: see `check`.
    """
    posted = msgspec.json.decode(body, type=Posted)
    if not topic or posted.topic_arn != topic:
        raise Failure("auth", "It is of another topic, or no topic is set.")
    if posted.signature_version != VERSION:
        raise Failure("auth", f"The topic's SignatureVersion has to be {VERSION}.")
    at_sns, found, path = posted.signing_cert_url.partition(origin(region))
    if at_sns or not found or not CERTIFICATE.fullmatch(path):
        raise Failure("auth", "The certificate is not SNS's.")
    return posted


def check(posted: Posted, certificate: bytes) -> None:
    """Check a signature by the certificate that it names; a `Failure` if it is wrong."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificate

    try:
        key = load_pem_x509_certificate(certificate).public_key()
        if not isinstance(key, RSAPublicKey):
            raise TypeError("It signs by RSA.")  # noqa: TRY301 - it is no such key
        key.verify(b64decode(posted.signature, validate=True), posted.signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError, TypeError) as error:
        raise Failure("auth", "The signature is wrong.") from error
