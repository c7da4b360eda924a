"""Frankfurter, as https://frankfurter.dev and its own source describe version 2."""

from datetime import date, timedelta

from aiohttp import web

from provider_fake import Fake

FIRST = date(1999, 1, 4)
NEWEST = date(2026, 11, 20)
FRIDAY = 4
KNOWN = {"base", "quotes", "providers", "date", "from", "to", "group", "expand"}
RATES = {"AUD": 1.6401, "EUR": 1.0, "GBP": 0.8412, "JPY": 171.23, "USD": 1.0882}
BLENDED = {**RATES, "AED": 3.9963, "USD": 1.08797}
"""Of all its sources together, which are more than one bank."""
LATE = {"ISK": 143.9}
"""What had no rate that day has that of the day before."""


def refusal(message: str) -> web.Response:
    return web.json_response({"status": 422, "message": message}, status=422)


async def rates(request: web.Request) -> web.Response:
    query = request.query
    if unknown := set(query) - KNOWN:
        return refusal(f"unknown parameter: {min(unknown)}")
    if query.get("base", "EUR").upper() != "EUR":
        return refusal(f"invalid currency: {query['base']}")
    try:
        asked = date.fromisoformat(query.get("date", f"{NEWEST}"))
    except ValueError:
        return refusal("invalid date")
    if not FIRST <= asked <= NEWEST + timedelta(days=14):
        return web.json_response([])
    found = min(asked, NEWEST)
    found -= timedelta(days=max(0, found.weekday() - FRIDAY))
    told = RATES if query.get("providers", "").upper() == "ECB" else BLENDED
    rows = [(found, name, rate) for name, rate in told.items()]
    rows += [(found - timedelta(days=1), name, rate) for name, rate in LATE.items()]
    return web.json_response(
        [
            {"date": f"{day}", "base": "EUR", "quote": name, "rate": rate}
            for day, name, rate in sorted(rows, key=lambda row: row[1])
        ]
    )


FAKE = Fake(
    service="currency",
    provider="frankfurter",
    origin="https://api.frankfurter.dev",
    routes={"GET /v2/rates": rates},
    documented="https://frankfurter.dev",
)
