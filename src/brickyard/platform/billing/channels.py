"""Where an account is told of things: by letter, and at an address of its own that takes signed messages."""

from typing import Literal

import msgspec

from brickyard.engines.sql import Sql, Transaction

FORMER_NS = 24 * 3600 * 1_000_000_000
"""How long messages are signed with a former secret too, once another has taken its place."""


class Channels(msgspec.Struct, frozen=True):
    """An account's settings; what it has before it changes any."""

    mail: int = 1
    """Whether alerts go to the account's e-mail."""
    statements: int = 1
    """Whether each month's statement does."""
    url: str = ""
    """Where messages are delivered to; empty for nowhere."""
    secret: bytes = b""
    """What they are signed with, sealed."""
    former: bytes = b""
    """What they were signed with before, sealed."""
    former_until_ns: int = 0
    """Until when they are signed with that too."""

    def chosen(self, *, mail: bool | None, statements: bool | None) -> "Channels":
        """Choose what goes by letter; None leaves it as it is."""
        return msgspec.structs.replace(
            self,
            mail=self.mail if mail is None else int(mail),
            statements=self.statements if statements is None else int(statements),
        )


_COLUMNS = ", ".join(Channels.__struct_fields__)


async def look(sql: Sql) -> Channels:
    """Give an account's settings as they stand."""
    row = await sql.point(f"SELECT {_COLUMNS} FROM billing_channels WHERE account = ?1")  # noqa: S608 - a constant of this file
    return Channels() if row is None else Channels(*row)


async def read(transaction: Transaction) -> Channels:
    """Give an account's settings, to be changed in the same transaction."""
    await transaction.changed(
        f"INSERT INTO billing_channels (account, {_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"  # noqa: S608 - as above
        " ON CONFLICT (account) DO UPDATE SET mail = billing_channels.mail",  # locks the row
        *msgspec.structs.astuple(Channels()),
    )
    ((*values,),) = await transaction.rows(
        f"SELECT {_COLUMNS} FROM billing_channels WHERE account = ?1"  # noqa: S608 - as above
    )
    return Channels(*values)


async def save(transaction: Transaction, channels: Channels) -> None:
    """Keep what the settings have become."""
    await transaction.changed(
        "UPDATE billing_channels SET mail = ?2, statements = ?3, url = ?4, secret = ?5, former = ?6,"
        " former_until_ns = ?7 WHERE account = ?1",
        *msgspec.structs.astuple(channels),
    )


async def replace_sealed(
    transaction: Transaction, which: Literal["secret", "former"], value: bytes, anew: bytes
) -> bool:
    """Put a secret that is sealed anew in its place; False if another stands there by now."""
    changed = await transaction.changed(
        f"UPDATE billing_channels SET {which} = ?3 WHERE account = ?1 AND {which} = ?2",  # noqa: S608 - as above
        value,
        anew,
    )
    return changed == 1


async def forget(transaction: Transaction) -> None:
    """Remove an account's settings: it is told of nothing more."""
    await transaction.changed("DELETE FROM billing_channels WHERE account = ?1")
