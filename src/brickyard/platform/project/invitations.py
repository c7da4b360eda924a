"""Invitations: sent by mail, accepted by whoever has the letter and is signed in."""

import hashlib
import secrets
from collections.abc import Callable

import msgspec
from ulid import ULID

from brickyard.contract import BadRequest, Conflict, Context, NotFound, TooManyRequests
from brickyard.engines.clock import Clock
from brickyard.engines.mail import Letter, OwnMail
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.access import Right, Role, outranks
from brickyard.platform.access.roles import RIGHTS
from brickyard.platform.audit import Audit, first_id
from brickyard.platform.moment import DAY_NS
from brickyard.platform.project.members import ROLE, check_outranks
from brickyard.platform.project.messages import AcceptReply, CancelInviteReply
from brickyard.platform.project.projects import ADD_MEMBER, Answer

LIFE_NS = 7 * DAY_NS
"""How long an invitation can be accepted."""
OPEN_MAX = 50
"""Invitations of a project that are open at the same time: each is a letter to a stranger."""
LETTERS_A_DAY_MAX = 100
"""Invitations that an account sends in a day, cancelled and replaced ones too."""
MEMBERS_MAX = 200

LIST = (
    "SELECT id, email, role, invited_by, expires_ns FROM invitations"
    " WHERE project = ?1 AND project_id = ?2 AND expires_ns > ?3 ORDER BY id"
)
ADD = (
    "INSERT INTO invitations (project, hash, id, project_id, email, role, invited_by, created_ns, expires_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
)
REPLACE = (
    "DELETE FROM invitations WHERE project = ?1 AND project_id = ?2 AND (email = ?3 OR expires_ns <= ?4)"
)
OPENED = (
    "SELECT i.id, i.project_id, i.role, i.invited_by FROM invitations i"
    " JOIN projects p ON p.project = ?1 AND p.id = i.project_id AND p.deleted_ns IS NULL"
    " WHERE i.project = ?1 AND i.hash = ?2 AND i.expires_ns > ?3"
)
CANCEL = "DELETE FROM invitations WHERE project = ?1 AND project_id = ?2 AND id = ?3 RETURNING email, role"
SENT = "SELECT count(*) FROM audit WHERE project = ?1 AND account = ?2 AND endpoint = ?3 AND id > ?4"
NAME = "SELECT name FROM projects WHERE project = ?1 AND id = ?2"
COUNT_MEMBERS = "SELECT count(*) FROM members WHERE project = ?1 AND project_id = ?2"

_TEXT = """\
You are invited to work on the project “{name}” on Brickyard, as {role}.

To accept, sign in within a week at

{link}

or call project/Accept with this token:

{token}

If you do not know what this is about, there is nothing to do.
"""


class Invitation(msgspec.Struct, frozen=True):
    """An open invitation."""

    id: str
    email: str
    role: Role
    invited_by: str
    expires_ns: int


class Invitations:
    """The invitations to every project. `sql` is bound to the platform's own."""

    def __init__(
        self, sql: Sql, clock: Clock, audit: Audit, mail: OwnMail, public_url: Callable[[], str]
    ) -> None:
        """Keep them in `sql`, and send their tokens by `mail`: only hashes are kept.

        The letters' links lead to `public_url`, which is known once the server listens.
        """
        self._sql, self._clock, self._audit, self._mail = sql, clock, audit, mail
        self._public_url = public_url

    async def open(self, project: str) -> list[Invitation]:
        """Give a project's open invitations, oldest first."""
        return [_invitation(*row) for row in await self._sql.rows(LIST, project, self._clock.now_ns())]

    async def invite(
        self, context: Context, project: str, email: str, role: Role, answer: Callable[[Invitation], Answer]
    ) -> Answer:
        """Invite someone, in place of an earlier invitation to the same address, and say `answer` of it."""
        email = _address(email)
        now_ns = self._clock.now_ns()
        invitation = Invitation(f"inv_{ULID()}".lower(), email, role, context.account, now_ns + LIFE_NS)
        token, name = secrets.token_urlsafe(32), await self._name_of(project)

        async def work(transaction: Transaction) -> Answer:
            await check_outranks(transaction, context, project, role)
            await self._check_letters(transaction, context)
            await transaction.changed(REPLACE, project, email, now_ns)
            if len(await transaction.rows(LIST, project, now_ns)) >= OPEN_MAX:
                raise Conflict(f"{OPEN_MAX} invitations are open already: cancel some, or wait.")
            await self._add(transaction, project, invitation, token)
            await self._audit.note(
                transaction,
                context,
                project=project,
                subject=invitation.id,
                after={"email": email, "role": role},
            )
            reply = answer(invitation)
            transaction.answers(reply)
            return reply

        return await self._mail.send_with(_letter(invitation, name, token, self._public_url()), work)

    async def accept(self, context: Context, token: str) -> tuple[str, Role]:
        """Make the caller a member; gives the project and the role.

        `NotFound` if there is no such invitation (any more), or who sent it may not do so any more.
        """
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> tuple[str, Role]:
            rows = await transaction.rows(OPENED, _hash(token), now_ns)
            if not rows or not await _still_meant(transaction, *rows[0]):
                raise NotFound("There is no such invitation, or no more. Ask for another one.")
            id_, project, role, _ = rows[0]
            if await transaction.rows(ROLE, project, context.account):
                raise Conflict("You are a member already.")
            ((members,),) = await transaction.rows(COUNT_MEMBERS, project)
            if members >= MEMBERS_MAX:
                raise Conflict(f"A project may have {MEMBERS_MAX} members.")
            await transaction.changed(ADD_MEMBER, project, context.account, role, now_ns)
            await transaction.rows(CANCEL, project, id_)
            await self._audit.note(
                transaction, context, project=project, subject=context.account, after={"role": role}
            )
            transaction.answers(AcceptReply(project=project, role=role))
            return project, Role(role)

        return await self._sql.transact(work)

    async def cancel(self, context: Context, project: str, invitation_id: str) -> None:
        """Take an invitation back; `NotFound` if the project has none of that id."""

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(CANCEL, project, invitation_id)
            if not rows:
                raise NotFound(f"No invitation {invitation_id!r} to this project.")
            await self._audit.note(
                transaction,
                context,
                project=project,
                subject=invitation_id,
                before={"email": rows[0][0], "role": rows[0][1]},
            )
            transaction.answers(CancelInviteReply())

        await self._sql.transact(work)

    async def _name_of(self, project: str) -> str:
        row = await self._sql.point(NAME, project)
        if row is None:
            raise NotFound(f"No project {project!r}.")
        return row[0]

    async def _check_letters(self, transaction: Transaction, context: Context) -> None:
        """Keep people from being sent letter after letter; the audit log knows of all that were."""
        since = first_id(self._clock.now_ns() - DAY_NS)
        ((sent,),) = await transaction.rows(SENT, context.account, context.endpoint, since)
        if sent >= LETTERS_A_DAY_MAX:
            raise TooManyRequests(
                f"You have sent {LETTERS_A_DAY_MAX} invitations within a day.", retry_after_s=3600
            )

    async def _add(self, transaction: Transaction, project: str, invitation: Invitation, token: str) -> None:
        await transaction.changed(
            ADD,
            _hash(token),
            invitation.id,
            project,
            invitation.email,
            invitation.role,
            invitation.invited_by,
            self._clock.now_ns(),
            invitation.expires_ns,
        )


async def _still_meant(transaction: Transaction, _id: str, project: str, role: str, invited_by: str) -> bool:
    """Say whether one who invited may do so still."""
    rows = await transaction.rows(ROLE, project, invited_by)
    return bool(rows) and Right.MANAGE in RIGHTS[Role(rows[0][0])] and outranks(Role(rows[0][0]), Role(role))


def _letter(invitation: Invitation, name: str, token: str, public_url: str) -> Letter:
    link = f"{public_url}/console/invitation#code={token}"  # behind the #, no server sees it, nor its logs
    named = " ".join(name.split())  # on one line: what stands on lines of its own is ours
    text = _TEXT.format(name=named, role=invitation.role, link=link, token=token)
    subject = "An invitation to a project on Brickyard"
    return Letter(to=invitation.email, subject=subject, text=text, account=invitation.invited_by)


def _address(text: str) -> str:
    try:
        return Mailbox.of(text).address
    except ValueError as error:
        raise BadRequest.at("/email", f"{error} Give one such as ada@example.com.") from error


def _invitation(id_: str, email: str, role: str, invited_by: str, expires_ns: int) -> Invitation:
    return Invitation(id_, email, Role(role), invited_by, expires_ns)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
