"""The moment that a string means, in PostgreSQL's words; `instant.py` says the same in Python.

Put together from its parts, as PostgreSQL fails on dates that there are not rather than to say so.
"""

# As in `instant.py`, with each part in its range; only a month's days are left to check.
FORM = (
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?$"
)
HOUR_US, MINUTE_US, SECOND_US, DAY_US = 3_600_000_000, 60_000_000, 1_000_000, 86_400_000_000

_YEAR, _MONTH, _DAY = (f"CAST(substr(i.t, {at}, {size}) AS integer)" for at, size in ((1, 4), (6, 2), (9, 2)))
_LEAP = f"{_YEAR} % 4 = 0 AND ({_YEAR} % 100 <> 0 OR {_YEAR} % 400 = 0)"
_DAYS = (
    f"CASE WHEN {_MONTH} IN (4, 6, 9, 11) THEN 30 WHEN {_MONTH} <> 2 THEN 31 WHEN {_LEAP} THEN 29 ELSE 28 END"
)
_ZONE = "substring(i.t from '[+-][0-9]{2}:[0-9]{2}$')"
_ZONE_US = (
    f"COALESCE(CAST(substr({_ZONE}, 1, 3) AS bigint) * {HOUR_US}"
    f" + CAST(substr({_ZONE}, 1, 1) || substr({_ZONE}, 5, 2) AS bigint) * {MINUTE_US}, 0)"
)
_TIME_US = (
    f"COALESCE(CAST(substring(i.t from '^.{{11}}(..)') AS bigint), 0) * {HOUR_US}"
    f" + COALESCE(CAST(substring(i.t from '^.{{14}}(..)') AS bigint), 0) * {MINUTE_US}"
    f" + COALESCE(CAST(substring(i.t from '^.{{16}}:(..)') AS bigint), 0) * {SECOND_US}"
    " + COALESCE(CAST(rpad(substring(i.t from '[.]([0-9]{1,6})'), 6, '0') AS bigint), 0)"
)
_DAY_US = f"(CAST(substr(i.t, 1, 10) AS date) - DATE '1970-01-01') * CAST({DAY_US} AS bigint)"


def instant(text: str) -> str:
    """Give a string as milliseconds since 1970, null if it is not a date."""
    moment = f"floor(({_DAY_US} + {_TIME_US} - {_ZONE_US} + 500) / 1000.0)"
    checked = f"CASE WHEN {_DAY} <= {_DAYS} THEN {moment} END"
    found = f"CASE WHEN i.t ~ '{FORM}' AND substr(i.t, 1, 4) <> '0000' THEN {checked} END"
    return f"(SELECT {found} FROM (SELECT {text} AS t OFFSET 0) i)"  # noqa: S608 - our own text
