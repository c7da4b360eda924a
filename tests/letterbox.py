"""A cloud whose letters are read, for those who sign up at it."""

import re
from collections.abc import Callable
from email import message_from_string
from email.policy import default
from typing import Any

from cloud import ProcessCloud
from database import database, look

PASSWORD = "correct horse battery"
LINK = re.compile(r"http\S+/console/\S+")


class Cloud(ProcessCloud):
    """A cloud, and the letters that it writes."""

    @property
    def public_url(self) -> str:
        """Where people reach it, and where the links in its letters lead."""
        return self._environment.get("BRICKYARD_PUBLIC_URL", self.address)

    def letter(self, email: str) -> str:
        """Give the text of the newest letter to someone."""
        ids = [each["id"] for each in self.call("outbox/List")["letters"] if each["to"] == email]
        source = self.call("outbox/Read", {"id": ids[0]})["source"]
        return message_from_string(source, policy=default).get_content()

    def link(self, email: str) -> str:
        return LINK.findall(self.letter(email))[0]

    def sessions_age(self) -> None:
        """Make all sessions older than what counts as signed in just now."""
        self.stop()
        engine = database.engine(self.home)
        look(engine, "UPDATE sessions SET created_ns = created_ns - ?1", 16 * 60 * 1_000_000_000)
        engine.close()
        self.start()

    def signed_in(self, email: str, password: str = PASSWORD) -> Callable[..., Any]:
        """Sign in without a browser; gives what makes calls."""
        session = self.call("account/Login", {"email": email, "password": password})["token"]

        def call(path: str, **request: Any) -> Any:
            response = self.post(path, request, headers={"Authorization": f"Bearer {session}"})
            assert response.status_code == 200, response.text
            return response.json()

        return call

    def sign_up(self, email: str) -> Callable[..., Any]:
        self.call("account/SignUp", {"email": email, "password": PASSWORD})
        code = self.link(email).partition("#code=")[2]
        self.call("account/ConfirmSignUp", {"code": code, "password": PASSWORD})
        return self.signed_in(email)
