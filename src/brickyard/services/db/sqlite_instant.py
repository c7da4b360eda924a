"""The moment that a string means, in SQLite's words; `instant.py` says the same in Python.

SQLite's own functions read far more as a date (`12:00`, `now`, a Julian day) and not all that is one (a
time zone that leads beyond the year 9999), so that the form is checked, and only the day left to them.
"""

_DAY, _TIME, _SECONDS = (
    "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]",
    "[T ][0-2][0-9]:[0-5][0-9]",
    ":[0-5][0-9]",
)
_ZONE = "[-+][0-2][0-9]:[0-5][0-9]"
_FORM = (
    f"((i.zone = '' AND i.rest GLOB '{_DAY}') OR i.rest GLOB '{_DAY}{_TIME}'"
    f" OR i.rest GLOB '{_DAY}{_TIME}{_SECONDS}'"
    f" OR (i.rest GLOB '{_DAY}{_TIME}{_SECONDS}.[0-9]*' AND substr(i.rest, 21) NOT GLOB '*[^0-9]*'))"
)
_RANGES = (
    "substr(i.rest, 12, 2) < '24' AND substr(i.zone, 2, 2) < '24'"
    " AND i.rest >= '0001' AND date(substr(i.rest, 1, 10)) = substr(i.rest, 1, 10)"
)


def _number(part: str, start: int, size: int) -> str:
    return f"CAST(substr({part}, {start}, {size}) AS INTEGER)"


_ZONE_S = (
    f"({_number('i.zone', 1, 3)} * 3600 + CAST(substr(i.zone, 1, 1) || substr(i.zone, 5) AS INTEGER) * 60)"
)
_MOMENT_S = (
    f"(unixepoch(substr(i.rest, 1, 10)) + {_number('i.rest', 12, 2)} * 3600 + {_number('i.rest', 15, 2)} * 60"
    f" + {_number('i.rest', 18, 2)} - {_ZONE_S})"
)
_FRACTION_US = _number("(substr(i.rest, 21) || '000000')", 1, 6)


def instant(text: str) -> str:
    """Give a string as milliseconds since 1970, null if it is not a date."""
    zone = f"CASE WHEN t GLOB '*Z' THEN 'Z' WHEN t GLOB '*{_ZONE}' THEN substr(t, -6) ELSE '' END"
    parts = (
        "SELECT zone, substr(t, 1, length(t) - length(zone)) AS rest"  # noqa: S608 - our own text
        f" FROM (SELECT t, {zone} AS zone FROM (SELECT {text} AS t))"
    )
    moment = f"{_MOMENT_S} * 1000 + ({_FRACTION_US} + 500) / 1000"
    return f"(SELECT CASE WHEN {_FORM} AND {_RANGES} THEN {moment} END FROM ({parts}) i)"  # noqa: S608 - as above
