import msgspec
from purse import ACCOUNT, KEY, Purse

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing import alerts
from brickyard.platform.billing.wallet import Wallet


async def warn_below(purse: Purse, dollars: str) -> None:
    def change(wallet: Wallet) -> Wallet:
        return msgspec.structs.replace(wallet, alert_below=usd(dollars))

    await purse.books.configure(ACCOUNT, change)


async def test_a_low_balance_is_told_once_until_it_is_filled_up(purse: Purse):
    await purse.top_up("10")
    await warn_below(purse, "5")
    await purse.spend("5")
    assert await purse.events() == []  # at, not below
    await purse.spend("1")
    await purse.spend("1")
    assert [(each.kind, each.amount) for each in await purse.events()] == [("low_balance", usd("4"))]
    await purse.top_up("10")
    await purse.spend("9")
    assert [each.amount for each in await purse.events()] == [usd("4"), usd("4")]


async def test_nobody_is_told_of_a_balance_unless_they_asked(purse: Purse):
    await purse.top_up("10")
    await purse.spend("10")
    assert await purse.events() == []


async def test_parts_of_a_cap_are_told_once_a_month_for_project_and_key(purse: Purse, clock: ManualClock):
    await purse.top_up("100")
    await purse.cap("10")
    await purse.cap("4", key=KEY)
    await purse.spend("1.99")
    assert await purse.events() == []
    await purse.spend("0.01")
    await purse.spend("2")
    await purse.spend("4", key_id="key_b")
    assert [(each.subject, each.threshold) for each in await purse.events()] == [
        ("prj_a", 50),
        ("prj_a", 75),
        ("prj_a/key_a", 50),
        ("prj_a/key_a", 75),
        ("prj_a/key_a", 100),
    ]
    clock.advance(10 * 86_400)
    await purse.spend("2")
    assert len(await purse.events()) == 6


async def test_parts_of_a_cap_that_was_raised_are_told_of_anew(purse: Purse):
    await purse.top_up("100")
    await purse.cap("4")
    await purse.spend("4")
    await purse.cap("10")
    await purse.spend("6")
    await purse.cap("10")
    await purse.cap("20")
    await purse.spend("5")
    told = [(each.threshold, each.amount) for each in await purse.events()]
    # Of the third cap, half was spent before.
    assert sorted(told) == [
        *((50, usd("4")), (50, usd("10"))),
        *((75, usd("4")), (75, usd("10")), (75, usd("15"))),
        *((100, usd("4")), (100, usd("10"))),
    ]


async def test_what_is_held_is_not_yet_told_of(purse: Purse):
    await purse.top_up("100")
    await purse.cap("10")
    await purse.release(await purse.hold("10"))
    assert await purse.events() == []


async def test_a_capture_that_is_undone_tells_nobody(purse: Purse):
    await purse.top_up("100")
    await purse.cap("10")
    hold = await purse.hold("10")
    # The ledger's own rule against two captures by one turn is made to refuse the capture.
    await purse.sql.run(
        "INSERT INTO billing_transactions VALUES (?1, 99, 'capture', ?2, 0, 0, '', '', '', '', '', 1, 0)",
        f"{hold.id}/2",
    )
    failed = False
    try:
        await purse.settle(hold, "10")
    except Exception:  # noqa: BLE001 - which one is another test's
        failed = True
    assert failed
    assert await purse.events() == []
    await purse.sql.run("DELETE FROM billing_transactions WHERE account = ?1 AND sequence = 99")


async def test_an_event_that_was_sent_is_not_given_again(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    await warn_below(purse, "5")
    await purse.spend("6")
    (event,) = await purse.events()
    await alerts.mark_sent(purse.sql, event, clock.now_ns())
    assert await purse.events() == []
