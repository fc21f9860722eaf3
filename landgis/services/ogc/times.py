"""The parameter ``datetime``: an instant, or an interval that may be open on one side."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from landgis.errors import UsageError

OPEN = frozenset({"", ".."})
DAY_LETTERS = len("2025-07-01")

Days = tuple[date | None, date | None]


def days_of(text: str, zone: ZoneInfo) -> Days:
    """Answer the first and last day of a time as the clocks of ``zone`` show them; None: open.

    The register knows days: a member holds on every moment of a day that it holds on.

    Raises
    ------
    UsageError
        ``bad_datetime``: not RFC 3339, open on both sides, or reversed.
    """
    parts = text.split("/")
    if len(parts) == 1 and text not in OPEN:
        moment = _moment(text)
        return _day(moment, zone), _day(moment, zone)
    if len(parts) != 2 or all(part in OPEN for part in parts):  # noqa: PLR2004 - a start, an end
        raise _bad(text, "write an instant, or start/end, or start/.., or ../end")
    start, end = (None if part in OPEN else _moment(part) for part in parts)
    days = (_day(start, zone), _day(end, zone))
    is_reversed = (
        start > end
        if isinstance(start, datetime) and isinstance(end, datetime)
        else None not in days and days[0] > days[1]  # type: ignore[operator]
    )
    if is_reversed:
        raise _bad(text, "it ends before it starts")
    return days


def _moment(text: str) -> date | datetime:
    if text.startswith("0000-"):  # RFC 3339 has that year (QGIS begins intervals there), Python not
        _moment(f"0004{text[4:]}")  # a leap year too: what follows has to be right
        return date.min
    try:
        if len(text) == DAY_LETTERS and text.isascii():
            return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        moment = datetime.fromisoformat(text.upper())  # t and z are as good (RFC 3339, 5.6)
    except ValueError as problem:
        raise _bad(text, "write 2025-07-01T00:00:00Z") from problem
    if moment.tzinfo is None or text[DAY_LETTERS : DAY_LETTERS + 1] not in {"T", "t"}:
        raise _bad(text, "a time needs its offset, as in 2025-07-01T00:00:00Z")
    return moment


def _day(moment: date | datetime | None, zone: ZoneInfo) -> date | None:
    if not isinstance(moment, datetime):
        return moment
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # a day beyond either end of the calendar is that end
        return date.min if moment.year == date.min.year else date.max


def _bad(text: str, why: str) -> UsageError:
    return UsageError("bad_datetime", f"datetime={text[:80]!r}: {why}", parameter="datetime")
