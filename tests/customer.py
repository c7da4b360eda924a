"""Someone who pays for what they call."""

from cloud import LocalCloud
from signed_in import Person, with_key


class Customer:
    """Someone who pays, and calls with a key of one project."""

    def __init__(self, person: Person, project: str, key: str, key_id: str) -> None:
        self.person, self.project, self.key, self.key_id = person, project, key, key_id

    @classmethod
    async def of(cls, cloud: LocalCloud, name: str, credit: str = "1") -> "Customer":
        person = await Person.of(cloud, name)
        await cloud.call("admin/SetTier", {"account": person.account, "tier": "free"})
        gift = {"account": person.account, "amount": credit, "reason": "Welcome."}
        await cloud.call("admin/GrantCredit", gift)
        project = await person.project()
        made = await person.call("key/Create", {"project": project})
        return cls(person, project, made["key"], made["info"]["id"])

    async def writes(self, times: int = 1) -> None:
        """Write records, each of which costs 0.0001 dollars."""
        for _ in range(times):
            path, body = "db/Create", {"table": "t", "record": {"a": 1}}
            assert (await with_key(self.person.cloud, self.key, path, body)).status_code == 200
