"""People who sign up and sign in, and the mailboxes that their letters come to."""

import re
from typing import Any, Self

import httpx2 as httpx

from brickyard.engines.mail import Letter
from brickyard.engines.sql import Result, Sql, Work
from brickyard.platform.key.schema import PLATFORM
from cloud import LocalCloud

PASSWORD = "correct horse battery"
CODE = re.compile(r"give this code:\n\n(\S+)\n")


class Mailboxes:
    """Mail that comes at once, and stays."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self.letters: list[Letter] = []

    @classmethod
    def of(cls, cloud: LocalCloud) -> Self:
        """Have what a cloud writes to accounts come here, and not to its outbox."""
        mailboxes = cls(cloud.application.sql.bound(PLATFORM))
        cloud.application.desk.letters._mail = mailboxes
        return mailboxes

    async def send(self, letter: Letter) -> str:
        self.letters.append(letter)
        return f"ltr_{len(self.letters)}"

    async def send_with(self, letter: Letter, work: Work[Result]) -> Result:
        result = await self._sql.transact(work)
        self.letters.append(letter)
        return result

    def to(self, email: str) -> list[Letter]:
        return [each for each in self.letters if each.to == email]

    def code(self, email: str) -> str:
        """Give the code in the newest letter."""
        found = CODE.search(self.to(email)[-1].text)
        assert found, self.to(email)[-1].text
        return found[1]


class Person:
    """One person at one address, signed in or not."""

    def __init__(self, cloud: LocalCloud, mailboxes: Mailboxes, email: str, address: str = "") -> None:
        self.cloud, self.mailboxes, self.email = cloud, mailboxes, email
        self.address = address
        self.password = PASSWORD
        self.token = ""

    async def post(self, endpoint: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token or 'nobody'}"}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        return await self.cloud.post(f"account/{endpoint}", request, headers=headers)

    async def call(self, endpoint: str, **request: Any) -> Any:
        response = await self.post(endpoint, **request)
        assert response.status_code == 200, response.text
        return response.json()

    async def sign_up(self, name: str = "") -> "Person":
        await self.call("SignUp", email=self.email, password=self.password, name=name)
        await self.enter("ConfirmSignUp", code=self.mailboxes.code(self.email), password=self.password)
        return self

    async def login(self) -> "Person":
        await self.enter("Login", email=self.email, password=self.password)
        return self

    async def enter(self, endpoint: str, **request: Any) -> None:
        """Sign in by an endpoint, and keep the token."""
        self.token = (await self.call(endpoint, **request))["token"]
        assert self.token

    def elsewhere(self, address: str = "") -> "Person":
        """The same person in another place, not signed in."""
        twin = Person(self.cloud, self.mailboxes, self.email, address or self.address)
        twin.password = self.password
        return twin

    async def is_signed_in(self) -> bool:
        return (await self.post("Get")).status_code == 200
