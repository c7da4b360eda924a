"""What is a date is the same for a literal in a query as for a string in a record, and so is its moment."""

from desk import Desk

from brickyard.contract import BadRequest
from brickyard.services.db.instant import read_instant

DATES = {
    "0001-01-01": -62_135_596_800_000,
    "0001-01-01T00:00:00+14:00": -62_135_647_200_000,
    "9999-12-31T23:59:59-23:59": 253_402_387_139_000,
    "2024-02-29T12:00": 1_709_208_000_000,
    "2024-02-29 12:00:00.25+01:00": 1_709_204_400_250,
    "1969-12-31T23:59:59.9994Z": -1,
    "1969-12-31T23:59:59.9995Z": 0,
    "2024-01-01T12:00:00.000499999999Z": 1_704_110_400_000,
    "2024-01-01T12:00:00.0005Z": 1_704_110_400_001,
}
NO_DATES = [
    "0000-01-01", "2023-02-29", "2024-13-01", "2024-01-00", "2024-01", "12:00", "now", "2460310.5",
    "2024-01-01T24:00", "2024-01-01T23:60", "2024-01-01T23:59:60", "2024-01-01T12", "2024-01-01T1:00",
    "2024-01-01t12:00", "2024-01-01T12:00z", "2024-01-01Z", "2024-01-01+01:00", "2024-01-01T12:00+24:00",
    "2024-01-01T12:00+00:60", "2024-01-01T12:00+0100", "2024-01-01T12:00:00.", "2024-01-01T12:00:00,5",
    "2024-01-01T12:00:00.5x", "2024-01-01T12:00ZZ", "2024-01-01T12:00Z+01:00", "\uff12024-01-01",
    "2024-01-01  12:00", "2024-01-01T12:00 Z", "2024-01-01 ", " 2024-01-01", "",
]  # fmt: skip


async def as_moments(desk: Desk, texts: list[str]) -> list[str]:
    """Keep records with these strings, and give those that a query takes for dates."""
    ids = await desk.create("t", *({"seen": each} for each in texts))
    everything = 'seen >= date("2000-01-01") or seen < date("2000-01-01")'
    found = await desk.ids("t", query=everything)
    return [text for text, row_id in zip(texts, ids, strict=True) if row_id in found]


async def test_strings_that_are_dates_are_found_by_their_moments(desk: Desk):
    assert await as_moments(desk, list(DATES)) == list(DATES)
    for text, moment_ms in DATES.items():
        assert read_instant(text) == moment_ms
        (record,) = await desk.read("t", query=f'seen == date("{text}")')
        assert record["seen"] == text


async def test_strings_that_are_no_dates_match_none_and_are_refused_as_literals(desk: Desk):
    assert await as_moments(desk, NO_DATES) == []
    for text in NO_DATES:
        await desk.refused(BadRequest, "read", table="t", query=f'seen == date("{text}")')
