"""Open Exchange Rates, as https://docs.openexchangerates.org describes it."""

import calendar
from datetime import date

from aiohttp import web

from provider_fake import Fake

APP_ID = "0b1f6e9f5d6c4f6f8a3f7e2d1c0b9a88"
NEWEST_S = 1_795_600_800
RATES = {"AED": 3.6725, "EUR": 0.9189, "GBP": 0.7731, "JPY": 157.35, "USD": 1}


def refusal(status: int, message: str, description: str) -> web.Response:
    return web.json_response(
        {"error": True, "status": status, "message": message, "description": description}, status=status
    )


async def table(request: web.Request) -> web.Response:
    app_id = request.query.get("app_id")
    if not app_id:
        return refusal(401, "missing_app_id", "No App ID provided.")
    if app_id != APP_ID:
        return refusal(401, "invalid_app_id", f"Invalid App ID provided: {app_id}. Please sign up.")
    moment = NEWEST_S
    if day := request.match_info.get("day"):
        try:
            moment = calendar.timegm(date.fromisoformat(day).timetuple()) + 86_399
        except ValueError:
            return refusal(400, "not_available", "Historical rates for the requested date are not available.")
    return web.json_response(
        {
            "disclaimer": "Usage subject to terms",
            "license": "https://openexchangerates.org/license",
            "timestamp": moment,
            "base": "USD",
            "rates": RATES,
        }
    )


FAKE = Fake(
    service="currency",
    provider="open_exchange_rates",
    origin="https://openexchangerates.org",
    routes={"GET /api/latest.json": table, "GET /api/historical/{day}.json": table},
    credentials={"app_id": APP_ID},
    wrong_credentials={"app_id": "00000000000000000000000000000000"},
    documented="https://docs.openexchangerates.org/reference/errors",
)
