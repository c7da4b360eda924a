from pathlib import Path

import pytest
from msgspec.structs import replace

from brickyard import platform, services
from brickyard.contract import Context, Contract, Money, Reply, Request, Service, endpoint, usd
from brickyard.contract.catalog import discover
from brickyard.platform.billing.prices import Charge, PriceError, PriceList
from brickyard.platform.billing.tiers import Tier
from m3o import CONTRACT

CATALOG = discover(services, platform)


def price_list(folder: Path, text: str = "") -> PriceList:
    own = folder / "prices.toml"
    if text:
        own.write_text(text)
    return PriceList.of(CATALOG, own)


def test_every_endpoint_of_the_catalog_has_the_price_of_its_contract(tmp_path: Path):
    prices = price_list(tmp_path)
    assert {each.id: each.declaration.price for each in CATALOG.endpoints()} == {
        name: rate.price for name, rate in prices.rates.items()
    }


def test_the_operators_file_changes_what_it_names_and_nothing_else(tmp_path: Path):
    before = price_list(tmp_path)
    after = price_list(tmp_path, '[endpoints]\n"db/Create" = { price = "0.002", quota = 50 }\n')
    changed = {name for name, rate in after.rates.items() if rate != before.rates[name]}
    assert changed == {"db.create"}
    rate = after.rates["db.create"]
    assert (rate.endpoint, rate.price, rate.quota) == ("db/Create", usd("0.002"), 50)
    assert rate.caps == {"free": 1000, "business": 1_000_000}


def test_names_are_found_in_any_case(tmp_path: Path):
    prices = price_list(tmp_path, '[endpoints]\n"DB/create" = { price = "1" }\n')
    assert prices.charge("db.create", "free").price == usd("1")


def test_caps_and_tiers_can_be_changed_and_added(tmp_path: Path):
    prices = price_list(
        tmp_path,
        '[tiers.pro]\nrequests_per_second = 50\n[endpoints."db/Create"]\ncaps = { pro = 5, free = 1 }\n',
    )
    assert prices.tiers["pro"] == Tier(monthly_free_calls=None, requests_per_second=50)
    assert prices.rates["db.create"].caps == {"free": 1, "business": 1_000_000, "pro": 5}


def test_of_a_tier_too_only_what_differs_is_said(tmp_path: Path):
    before = price_list(tmp_path).tiers["free"]
    after = price_list(tmp_path, "[tiers.free]\nrequests_per_second = 5\nstored_records = 0\n").tiers["free"]
    assert after == replace(before, requests_per_second=5, stored_records=0)


def test_units_may_be_shared_by_endpoints_and_changed_for_all_of_them(tmp_path: Path):
    prices = price_list(
        tmp_path,
        '[units.tokens]\n"input gpt-4o" = "0.000003"\n"input mine" = "0.000001"\n'
        '[units.countries]\nUS = "0.03"\n[endpoints]\n"sms/Send" = { units = "countries" }\n',
    )
    tariff = prices.tariff()
    for name in ("ai.chat", "ai.stream", "ai.complete", "ai.edit"):
        assert tariff.of(name, "input gpt-4o") == usd("0.000003")
        assert tariff.find(name, "input nobody's", "input mine") == usd("0.000001")
        assert tariff.of(name, "output gpt-4o") == usd("0.00001")
        assert tariff.find(name, "input nobody's") is None
    assert tariff.of("sms.send", "US") == usd("0.03")
    assert tariff.of("sms.send", "CA") == usd("0.02")
    assert tariff.of("sms.send", "GB") == usd("0.1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[endpoints]\n"db/Crate" = { price = "1" }', "there is no endpoint 'db/Crate'"),
        ('[endpoints]\n"astrology/Now" = { price = "1" }', "there is no endpoint 'astrology/Now'"),
        ('[endpoints]\n"db/Create" = { price = 1.5 }', "price"),
        ('[endpoints]\n"db/Create" = { price = "-1" }', "price"),
        ('[endpoints]\n"db/Create" = { price = "0.0000000001" }', "price"),
        ('[endpoints]\n"db/Create" = { prize = "1" }', "prize"),
        ('[endpoints]\n"db/Create" = { quota = -1 }', "quota"),
        ('[endpoints]\n"db/Create" = { caps = { gold = 1 } }', "'gold'"),
        ('[endpoints]\n"db/Create" = { caps = { owner = 1 } }', "'owner'"),
        (
            '[endpoints]\n"db/Create" = { price = "1" }\n"DB/create" = { price = "2" }',
            "db/Create and DB/create",
        ),
        ("[tiers.free]\nspeed = 1", "speed"),
        *(
            (f"[tiers.free]\n{name} = {number}", name)
            for name, number in (
                *(("requests_per_second", 0), ("requests_per_second", -5), ("requests_per_second", 10**15)),
                *(("large_bytes_per_second", 0), ("monthly_free_calls", -1), ("stored_records", -1)),
                ("stored_bytes", 2**63),
            )
        ),
        ('[endpoints]\n"ai/Chat" = { units = "words" }', "'words'"),
        ('[units.tokens]\n"input gpt-4o" = "free"', "units"),
        ("endpoints = ", "prices.toml"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_that_names_the_file(
    tmp_path: Path, text: str, reason: str
):
    with pytest.raises(PriceError) as refusal:
        price_list(tmp_path, text)
    message = str(refusal.value)
    assert message.startswith(f"{tmp_path / 'prices.toml'}: ")
    assert reason in message
    assert "\n" not in message


def test_an_endpoint_cannot_cost_less_than_nothing(tmp_path: Path):
    class Gift(Service):
        """Pays whoever calls."""

        @endpoint(price=-1)
        async def open(self, context: Context, request: Request) -> Reply:
            """Open it."""
            ...

    with pytest.raises(PriceError, match="gift/Open has no price"):
        PriceList.of([Contract.of(Gift)], tmp_path / "prices.toml")


def test_an_endpoint_that_is_not_in_the_list_is_an_error_and_never_free(tmp_path: Path):
    with pytest.raises(KeyError):
        price_list(tmp_path).charge("db.steal", "free")


def test_calls_of_an_owner_cost_nothing(tmp_path: Path):
    prices = price_list(tmp_path)
    assert prices.charge("db.create", "owner") == Charge(Money(0), "db.create")
    assert prices.charge("db.create", "free") == Charge(usd("0.0001"), "db.create", calls_max=1_000)
    assert prices.charge("db.create", "business").price == usd("0.0001")


def test_free_endpoints_are_counted_together_unless_one_has_a_cap_of_its_own(tmp_path: Path):
    prices = price_list(tmp_path, '[endpoints]\n"db/Read" = { caps = { free = 5 } }\n')
    assert prices.charge("cache.get", "free") == Charge(Money(0), "*", calls_max=10_000)
    assert prices.charge("db.read", "free") == Charge(Money(0), "db.read", calls_max=5)
    assert prices.charge("db.read", "business") == Charge(Money(0), "*", calls_max=10_000_000)


def test_what_manages_the_cloud_is_never_counted(tmp_path: Path):
    assert price_list(tmp_path).charge("billing.balance", "free") == Charge(Money(0), "billing.balance")


def test_the_version_changes_with_whatever_changes_and_with_nothing_else(tmp_path: Path):
    texts = [
        "",
        '[endpoints]\n"db/Create" = { price = "0.0002" }',
        '[endpoints]\n"db/Create" = { quota = 1 }',
        '[units.tokens]\n"input gpt-4o" = "0.000003"',
        '[endpoints]\n"db/Create" = { caps = { free = 1 } }',
        "[tiers.free]\nrequests_per_second = 1",
    ]
    versions = [price_list(tmp_path, text).version for text in texts]
    assert len(set(versions)) == len(texts)
    assert price_list(tmp_path, f"# again\n{texts[-1]}\n").version == versions[-1]


def test_contracts_ask_what_m3o_asked(tmp_path: Path):
    prices = price_list(tmp_path)
    asked = {
        f"{service}.{name.lower()}": each.price * 1000
        for service, found in CONTRACT.items()
        for name, each in found.endpoints.items()
    }
    assert {name: prices.rates[name].price for name in asked} == asked
