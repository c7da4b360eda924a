"""Messages are found by whom they went to, without looking through those to others."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.contract import Reply
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql.timed_ids import LATE_NS, ids_between, new_id
from brickyard.services.email.embedded import EmbeddedEmail
from brickyard.services.email.messages import KEEP, LIST, LIST_TO, Message, Messages, Wanted
from brickyard.services.email.recipients import MIGRATIONS
from brickyard.services.sms import messages as sms
from database import database, look

FOREVER = (-(2**63), 2**63 - 1)
PEOPLE = ("ada@example.com", "Bob@Example.com", "eve_1@example.com")
ROWS = "SELECT project, address, message FROM email_recipients ORDER BY project, address, message"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Any]:
    (tmp_path / "home").mkdir()
    engine = database.engine(tmp_path / "home")
    yield engine
    engine.close()


@pytest.fixture
def kept(engine: Any, clock: ManualClock) -> Messages:
    engine.migrate({"email": EmbeddedEmail.migrations})
    return Messages(engine.bound("prj_a"), clock)


async def keep(kept: Messages, clock: ManualClock, recipients: str) -> str:
    name = new_id("eml", clock)
    assert await kept.keep(Message(name, name, recipients, "Hello", b"Hello."))
    clock.advance(1)
    return name


def wanted(recipient: str = "", since_ns: int = FOREVER[0], until_ns: int = FOREVER[1]) -> Wanted:
    return Wanted(recipient, "", since_ns, until_ns)


async def listed(kept: Messages, sought: Wanted, limit: int) -> list[str]:
    """Read page after page; gives all that they hold."""
    found, before = list[str](), ""
    while page := [row[0] for row in await kept.list(sought, before, limit)]:
        assert len(page) <= limit
        found, before = found + page, page[-1]
    return found


async def test_pages_by_recipient_and_time_hold_each_message_once_and_no_other(
    kept: Messages, clock: ManualClock
):
    sent: list[tuple[str, str, int]] = []
    groups = [each for size in (1, 2, 3) for each in itertools.combinations(PEOPLE, size)]
    for group in itertools.islice(itertools.cycle(groups), 30):
        now_ns = clock.now_ns()
        sent.append((await keep(kept, clock, " ".join(group)), " ".join(group).lower(), now_ns))
        if len(sent) % 10 == 0:
            clock.advance(3 * LATE_NS / 1e9)
    moments = [sent[at][2] for at in (0, 9, 10, 19, 29)]
    spans = [FOREVER, *itertools.combinations(moments, 2), (moments[2] + 1, FOREVER[1])]
    for person, (since_ns, until_ns) in itertools.product(("", *map(str.lower, PEOPLE)), spans):
        expected = [
            name for name, to, at_ns in reversed(sent) if person in to and since_ns <= at_ns < until_ns
        ]
        assert await listed(kept, wanted(person, since_ns, until_ns), 4) == expected


async def test_what_is_removed_is_found_no_more(kept: Messages, clock: ManualClock, engine: Any):
    first = await keep(kept, clock, "ada@example.com Bob@Example.com")
    second = await keep(kept, clock, "bob@example.com")
    third = await keep(kept, clock, "bob@example.com")
    await kept.delete(first, Reply())
    assert await listed(kept, wanted("ada@example.com"), 10) == []
    assert await listed(kept, wanted("bob@example.com"), 10) == [third, second]
    await kept.forget_before(clock.now_ns())
    assert look(engine, ROWS) == []


async def test_a_message_that_nobody_took_is_found_once_when_it_is_sent_again(
    kept: Messages, clock: ManualClock, engine: Any
):
    names = [new_id("eml", clock) for _ in range(2)]
    for name, recipients in zip(names, ("ada@example.com", "ada@example.com eve_1@example.com"), strict=True):
        assert await kept.keep(Message(name, "once", recipients, "Hello", b"Hello."))
        await kept.failed(name, "nobody was there")
    assert look(engine, ROWS) == [
        ("prj_a", each, names[1]) for each in ("ada@example.com", "eve_1@example.com")
    ]


async def test_messages_of_before_are_found_by_each_of_their_recipients(engine: Any, clock: ManualClock):
    before = EmbeddedEmail.migrations[: -len(MIGRATIONS)]
    engine.migrate({"email": before})
    crowd = " ".join(f"reader{number}@example.com" for number in range(50))
    for project, name, recipients in (
        ("prj_a", "eml_1", "Ada@Example.com"),
        ("prj_a", "eml_2", "bob@example.com ada@example.com"),
        ("prj_b", "eml_3", crowd),
    ):
        await engine.bound(project).run(KEEP, name, name, recipients, "Hi", b"", clock.now_ns())
    engine.migrate({"email": EmbeddedEmail.migrations})
    assert look(engine, ROWS) == [
        ("prj_a", "ada@example.com", "eml_1"),
        ("prj_a", "ada@example.com", "eml_2"),
        ("prj_a", "bob@example.com", "eml_2"),
        *(("prj_b", each, "eml_3") for each in sorted(crowd.split())),
    ]


PLANS = {
    "email": (
        LIST_TO,
        ["r USING PRIMARY KEY (project=? AND address=? AND message>? AND message<?)", "m USING PRIMARY KEY"],
    ),
    "email to anybody": (LIST, ["m USING PRIMARY KEY (project=? AND id>? AND id<?)"]),
    "sms": (
        sms.LIST_TO,
        ["sms_messages_by_recipient (project=? AND (recipient,id)>(?,?) AND (recipient,id)<(?,?))"],
    ),
    "sms to anybody": (sms.LIST, ["sms_messages USING PRIMARY KEY (project=? AND id>? AND id<?)"]),
}


@pytest.mark.only_on("sqlite", "it reads SQLite's plan")
@pytest.mark.parametrize(("statement", "searches"), PLANS.values(), ids=list(PLANS))
async def test_a_page_is_read_from_where_it_begins_in_the_order_it_is_given_in(
    engine: Any, statement: str, searches: list[str]
):
    engine.migrate({"email": EmbeddedEmail.migrations, "sms": sms.MIGRATIONS})
    values = [10, "", "~", *FOREVER, "", "ada@example.com"][: 7 if "?8" in statement else 6]
    plan = await engine.bound("prj_a").rows(f"EXPLAIN QUERY PLAN {statement}", *values)
    steps = "; ".join(line for *_, line in plan)
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps, "it would read them all, to put them in order"
    place = 0
    for each in searches:
        place = steps.index(each, place) + len(each)


@pytest.mark.parametrize(
    ("since_ns", "until_ns"), [FOREVER, (0, 0), (2**62, 2**63 - 1), (-(10**18), -(10**18) + 1)]
)
def test_moments_that_no_id_can_tell_are_no_harm(since_ns: int, until_ns: int):
    first, last = ids_between("eml", since_ns, until_ns, "")
    assert "eml_0000000000" <= first <= last < "eml_A"
    assert ids_between("eml", since_ns, until_ns, "eml_")[1] == "eml_"
