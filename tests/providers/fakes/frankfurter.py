"""Frankfurter, as https://frankfurter.dev describes version 1."""

from datetime import date, timedelta

from aiohttp import web

from provider_fake import Fake

FIRST = date(1999, 1, 4)
NEWEST = date(2026, 11, 20)
FRIDAY = 4
RATES = {"AUD": 1.6401, "GBP": 0.8412, "JPY": 171.23, "USD": 1.0882}


async def day(request: web.Request) -> web.Response:
    asked = request.match_info["day"]
    if set(request.query) - {"base", "symbols"}:
        return web.json_response({"message": "invalid parameter"}, status=422)
    if asked == "latest":
        found = NEWEST
    else:
        try:
            found = date.fromisoformat(asked)
        except ValueError:
            return web.json_response({"message": "not found"}, status=404)
        if found < FIRST:
            return web.json_response({"message": "not found"}, status=404)
    found -= timedelta(days=max(0, found.weekday() - FRIDAY))
    return web.json_response({"amount": 1.0, "base": "EUR", "date": found.isoformat(), "rates": RATES})


FAKE = Fake(
    service="currency",
    provider="frankfurter",
    origin="https://api.frankfurter.dev",
    routes={"GET /v1/{day}": day},
    documented="https://frankfurter.dev",
)
