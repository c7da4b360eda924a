"""The doubles of who delivers messages, asked by their own clients: what satisfies these is like the real."""

import hashlib
from email.message import EmailMessage
from typing import Any

import boto3
import jwt
import postmark.sync
import pytest
import sendgrid
from botocore.config import Config
from botocore.exceptions import ClientError
from fakes import amazon_ses as ses_double
from fakes import mailgun as mailgun_double
from fakes import postmark as postmark_double
from fakes import sendgrid as sendgrid_double
from fakes import twilio as twilio_double
from fakes import vonage as vonage_double
from mailgun.client import Client as MailgunClient
from postmark.exceptions import InvalidAPIKeyException, PostmarkAPIException
from python_http_client.exceptions import ForbiddenError, UnauthorizedError
from redirected import Redirected
from sendgrid.helpers.mail import Mail
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient
from vonage_account import Account
from vonage_http_client import Auth, HttpClient
from vonage_http_client.errors import AuthenticationError, HttpRequestError
from vonage_jwt import verify_signature
from vonage_messages import Messages, Sms

from outside import Outside

MIME = b"From: shop@mg.example.com\r\nTo: ada@example.com\r\nSubject: Hi\r\n\r\nHello.\r\n"


class RedirectedTwilio(TwilioHttpClient):
    """Asks the double in place of the host that Twilio's client has for every region."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *arguments: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *arguments, **more)


class TestTwilio:
    def client(self, outside: Outside, token: str = twilio_double.TOKEN) -> TwilioClient:
        http_client = RedirectedTwilio(outside.url_of("sms", "twilio"))
        return TwilioClient(twilio_double.SID, token, http_client=http_client)

    def test_messages(self, outside: Outside):
        found = self.client(outside).messages.create(to="+447400123456", from_="+12025550199", body="Hi")
        assert found.status == "queued"
        assert found.sid is not None
        assert found.sid.startswith("SM")

    def test_refusals(self, outside: Outside):
        with pytest.raises(TwilioRestException) as invalid:
            self.client(outside).messages.create(to="hello", from_="+12025550199", body="Hi")
        assert invalid.value.code == 21211
        with pytest.raises(TwilioRestException) as unknown:
            self.client(outside, "another").messages.create(to="+447400123456", from_="+1", body="Hi")
        assert unknown.value.code == 20003


class TestSendGrid:
    def client(self, outside: Outside, key: str = sendgrid_double.KEY) -> sendgrid.SendGridAPIClient:
        return sendgrid.SendGridAPIClient(key, host=outside.url_of("email", "sendgrid"))

    def test_mail(self, outside: Outside):
        mail = Mail("shop@example.com", "ada@example.com", "Hi", "Hello.", "<p>Hello.</p>")
        found = self.client(outside).send(mail)
        assert found.status_code == 202
        assert found.headers["X-Message-Id"]

    def test_refusals(self, outside: Outside):
        mail = Mail("shop@unsigned.example", "ada@example.com", "Hi", "Hello.")
        with pytest.raises(ForbiddenError, match="403"):
            self.client(outside).send(mail)
        with pytest.raises(UnauthorizedError):
            self.client(outside, "SG.another").send(mail)


class TestMailgun:
    def sent(self, outside: Outside, key: str) -> Any:
        url = outside.url_of("email", "mailgun")
        with MailgunClient(auth=("api", key), api_url=url) as client:
            return client.mimemessage.create(
                data={"to": "ada@example.com"}, files={"message": MIME}, domain=mailgun_double.DOMAIN
            )

    def test_messages(self, outside: Outside):
        found = self.sent(outside, mailgun_double.KEY)
        assert found.status_code == 200, found.text
        assert found.json()["id"].startswith("<")

    def test_refusals(self, outside: Outside):
        assert self.sent(outside, "key-another").status_code == 401


class TestPostmark:
    def client(self, outside: Outside, token: str = postmark_double.TOKEN) -> Any:
        url = outside.url_of("email", "postmark")
        return postmark.sync.ServerClient(token, retries=0, base_url=url)

    def test_mail(self, outside: Outside):
        mail = {
            "sender": "Shop <shop@example.com>",
            "to": "ada@example.com, Bob <bob@example.com>",
            "cc": "carol@example.com",
            "subject": "Hi",
            "text_body": "Hello.",
            "metadata": {"message": "msg_1"},
            "tag": "welcome",
            "attachments": [{"Name": "a.txt", "Content": "SGVsbG8=", "ContentType": "text/plain"}],
        }
        with self.client(outside) as client:
            found = client.outbound.send(mail)
        assert (found.error_code, found.message) == (0, "OK")
        assert found.message_id

    def test_server(self, outside: Outside):
        with self.client(outside) as client:
            assert client.server.get().name == "a double"

    def test_refusals(self, outside: Outside):
        mail = {"sender": "shop@unsigned.example", "to": "ada@example.com", "text_body": "Hello."}
        with self.client(outside) as client, pytest.raises(PostmarkAPIException) as unsigned:
            client.outbound.send(mail)
        assert (unsigned.value.error_code, unsigned.value.http_status) == (400, 422)
        with self.client(outside, "another") as client, pytest.raises(InvalidAPIKeyException):
            client.server.get()


class TestVonage:
    def client(self, outside: Outside, secret: str = vonage_double.SECRET) -> HttpClient:
        client = HttpClient(Auth(api_key=vonage_double.KEY, api_secret=secret))
        client._session.mount("https://", Redirected(outside.url_of("sms", "vonage")))
        return client

    def test_messages(self, outside: Outside):
        sms = Sms(
            to="447400123456",
            from_="Shop",
            text="Hi",
            ttl=300,
            client_ref="msg_1",
            webhook_url="https://cloud.example/hooks/sms/vonage/prj_1",
            webhook_version="v1",
        )
        assert Messages(self.client(outside)).send(sms).message_uuid

    def test_secrets(self, outside: Outside):
        assert [each.id for each in Account(self.client(outside)).list_secrets()] == ["ad6dc56f"]

    def test_refusals(self, outside: Outside):
        unsent = Sms(to="447400123456", from_="Shop", text="Hi")
        with pytest.raises(AuthenticationError):
            Messages(self.client(outside, "wrong-secret-00")).send(unsent)
        with pytest.raises(HttpRequestError) as invalid:
            Messages(self.client(outside)).send(unsent.model_copy(update={"from_": ""}))
        assert invalid.value.response.status_code == 422
        assert invalid.value.response.json()["title"] == "Invalid params"

    def test_what_it_tells_is_signed_as_the_client_checks_it(self):
        told = vonage_double.told("aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "delivered")
        token = told.headers["Authorization"].removeprefix("Bearer ")
        assert verify_signature(token, vonage_double.SIGNATURE_SECRET)
        assert not verify_signature(token, "another-secret-of-32-characters!!!")
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["payload_hash"] == hashlib.sha256(told.body).hexdigest()


class TestAmazonSes:
    def client(self, outside: Outside, secret: str = ses_double.SECRET) -> Any:
        return boto3.client(
            "sesv2",
            region_name=ses_double.REGION,
            endpoint_url=f"http://{ses_double.HOST}",
            aws_access_key_id=ses_double.KEY_ID,
            aws_secret_access_key=secret,
            config=Config(
                proxies={"http": outside.url_of("email", "amazon_ses")}, retries={"total_max_attempts": 1}
            ),
        )

    def sent(self, client: Any, sender: str = "shop@example.com", **more: Any) -> Any:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, "ada@example.com", "Hi"
        message.set_content("Hello.")
        return client.send_email(
            Content={"Raw": {"Data": message.as_bytes()}},
            Destination={"ToAddresses": ["ada@example.com"]},
            EmailTags=[{"Name": "message", "Value": "msg_1"}],
            **more,
        )

    def test_mail(self, outside: Outside):
        client = self.client(outside)
        assert self.sent(client, ConfigurationSetName=ses_double.CONFIGURATION_SET)["MessageId"]

    def test_account(self, outside: Outside):
        found = self.client(outside).get_account()
        assert (found["SendingEnabled"], found["EnforcementStatus"]) == (True, "HEALTHY")

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"sender": "shop@unverified.example"}, "MessageRejected"),
            ({"ConfigurationSetName": "another"}, "NotFoundException"),
        ],
    )
    def test_refusals(self, more: dict[str, str], code: str, outside: Outside):
        with pytest.raises(ClientError) as refused:
            self.sent(self.client(outside), **more)
        assert refused.value.response["Error"]["Code"] == code

    def test_wrong_credentials(self, outside: Outside):
        with pytest.raises(ClientError) as refused:
            self.sent(self.client(outside, "another/secret/of+a/double"))
        assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
