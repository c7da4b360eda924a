"""The project's templates: read when they are saved, so that those which are kept can be rendered."""

import msgspec

from brickyard.contract import BadRequest, Exported, JsonObject, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.mail.line import one_line
from brickyard.engines.mail.source import HTML_MAX_CHARS, SUBJECT_MAX_CHARS, TEXT_MAX_CHARS
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.services.email.mustache import MustacheError, Node, needed, parse
from brickyard.services.email.rendering import HTML, LINE, TEXT, Rendering, Unrenderable

MIGRATIONS = (
    """CREATE TABLE email_templates (
        project TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, text_body TEXT NOT NULL,
        html_body TEXT NOT NULL, size_bytes BIGINT NOT NULL, created_ns BIGINT NOT NULL,
        updated_ns BIGINT NOT NULL,
        PRIMARY KEY (project, name)
    )""",
)
EXPORTS = (
    Exported(
        table="email_templates",
        key={"name": str},
        columns=("name", "subject", "text_body", "html_body", "created_ns", "updated_ns"),
    ),
)
SAVE = (
    "INSERT INTO email_templates"
    " (project, name, subject, text_body, html_body, size_bytes, created_ns, updated_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (project, name) DO UPDATE SET"
    " subject = excluded.subject, text_body = excluded.text_body, html_body = excluded.html_body,"
    " size_bytes = excluded.size_bytes, updated_ns = excluded.updated_ns"
)
SIZE = "SELECT size_bytes FROM email_templates WHERE project = ?1 AND name = ?2"
TEXTS = "SELECT subject, text_body, html_body FROM email_templates WHERE project = ?1 AND name = ?2"
ROWS = "SELECT name, subject, created_ns, updated_ns FROM email_templates WHERE project = ?1"
READ = ROWS + " AND name = ?2"
LIST = ROWS + " AND name > ?2 ORDER BY name LIMIT ?3"
DELETE = "DELETE FROM email_templates WHERE project = ?1 AND name = ?2 RETURNING size_bytes"


class Texts(msgspec.Struct, frozen=True):
    """What a message says; of a template, in Mustache."""

    subject: str
    text_body: str
    html_body: str

    @property
    def size_bytes(self) -> int:
        """How much room it takes."""
        return sum(len(each.encode()) for each in msgspec.structs.astuple(self))


def no_template(name: str) -> str:
    """Say that there is none of that name."""
    return f"There is no template {name!r}. `email/ListTemplates` shows those there are."


class Templates:
    """Keeps a project's templates."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep them in `sql`."""
        self._sql, self._clock = sql, clock

    async def save(self, name: str, texts: Texts, reply: Reply) -> None:
        """Keep a template, in place of one of that name."""
        size_bytes = texts.size_bytes

        async def work(transaction: Transaction) -> None:
            before = await transaction.rows(SIZE, name)
            transaction.keeps("email", 1 - len(before), size_bytes - sum(size for (size,) in before))
            values = msgspec.structs.astuple(texts)
            await transaction.changed(SAVE, name, *values, size_bytes, self._clock.now_ns())
            transaction.answers(reply)

        await self._sql.transact(work)

    async def read(self, name: str) -> tuple[Row, Texts] | None:
        """Give a template, in the order of `ROWS`, and what it says; None if there is none."""
        row, texts = await self._sql.point(READ, name), await self._sql.point(TEXTS, name)
        return None if row is None or texts is None else (row, Texts(*texts))

    async def list(self, after: str, limit: int) -> list[Row]:
        """Give templates by name."""
        return await self._sql.rows(LIST, after, limit)

    async def delete(self, name: str, reply: Reply) -> bool:
        """Keep a template no longer; False if there is none."""

        async def work(transaction: Transaction) -> bool:
            for (size_bytes,) in await transaction.rows(DELETE, name):
                transaction.keeps("email", -1, -size_bytes)
                transaction.answers(reply)
                return True
            return False

        return await self._sql.transact(work)

    async def rendered(self, name: str, variables: JsonObject) -> Texts:
        """Give what a message says by a template; `BadRequest` if there is none, or they do not fit it."""
        row = await self._sql.point(TEXTS, name)
        if row is None:
            raise BadRequest.at("/template", no_template(name))
        try:
            return _render(Texts(*row), variables)
        except Unrenderable as error:
            pointer = f"/variables{error.pointer}"
            raise BadRequest.at(pointer, f"{pointer[1:]}: {error.detail}") from error


def check(texts: Texts) -> list[str]:
    """Read a template; gives the variables that it always needs. `BadRequest` says where it is wrong."""
    try:
        one_line(texts.subject, "subject", SUBJECT_MAX_CHARS)
    except ValueError as error:
        raise BadRequest.at("/subject", str(error)) from error
    if not (texts.text_body.strip() or texts.html_body.strip()):
        raise BadRequest.at("/text_body", "The template says nothing: give `text_body` or `html_body`.")
    found = {name: _parse(getattr(texts, name), f"/{name}") for name in ("subject", "text_body", "html_body")}
    return list(dict.fromkeys(each for nodes in found.values() for each in needed(nodes)))


def _parse(source: str, pointer: str) -> tuple[Node, ...]:
    try:
        return parse(source)
    except MustacheError as error:
        raise BadRequest.at(pointer, f"{pointer[1:]}: {error}") from error


def _render(template: Texts, variables: JsonObject) -> Texts:
    rendering = Rendering(variables)
    subject = rendering.render(parse(template.subject), LINE, SUBJECT_MAX_CHARS)
    text = rendering.render(parse(template.text_body), TEXT, TEXT_MAX_CHARS)
    html = rendering.render(parse(template.html_body), HTML, HTML_MAX_CHARS)
    if not subject.strip() or not (text.strip() or html.strip()):
        what = "body" if subject.strip() else "subject"
        raise Unrenderable("", f"With these variables the message's {what} is empty.")
    return Texts(subject, text, html)
