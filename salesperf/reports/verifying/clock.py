"""Clock times, dates and durations in a report: the parts of a text that depend on when it was written."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})?"
_FORMS = (
    rf"\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T_ ]{_TIME}{_ZONE})?",  # 2025-11-25 13:51:15
    r"\d{4}年\d{1,2}月\d{1,2}日",
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}",
    rf"\d{{1,2}}\.? {_MONTH},? \d{{4}}",  # 25 November 2025
    rf"{_MONTH} {{1,2}}\d{{1,2}}(?:,? {_TIME})?,? \d{{4}}",  # Nov 25 13:51:15 2025
    r"\d{8}T?\d{6}",
    _TIME,
    r"1\d{9}(?:\d{3}){0,3}(?:\.\d+)?",  # seconds since 1970, or thousandths, and so on
    r"\d+(?:\.\d+)?(?:e-\d+)? ?(?:ns|µs|us|ms|s|sec|secs|seconds?|min|minutes?)\b",  # how long something took
)
_BEGIN = r"(?:(?<![0-9A-Za-z_.])|(?<=\\[nt]))"  # not within a word; in JSON a line ends with \n
_MOMENT = re.compile("|".join(rf"{_BEGIN}{form}(?!\d)" for form in _FORMS))
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})T?\d{6}")  # 20251125135115
_HOUR = 3600  # seconds
_HALF_DAY = 720  # minutes: a clock may show twelve hours


def differ_by_moments(text: str, other: str) -> bool:
    """Whether two texts differ, and only in clock times, dates or durations.

    >>> differ_by_moments("at 13:51:15, 5 deals", "at 13:51:16, 5 deals")
    True
    >>> differ_by_moments("at 13:51:15, 5 deals", "at 13:51:16, 6 deals")
    False
    """
    return text != other and _MOMENT.sub("", text) == _MOMENT.sub("", other)


def tells_now(published: str, rebuilt: str, now: datetime) -> bool:
    """Whether two texts differ only in moments, and those of the text rebuilt just now are the present.

    ``now``: the present, with a time zone. A clock time may be up to an hour off, a date must be today's in UTC.

    >>> tells_now("as of 2025-11-24", "as of 2025-11-25", datetime(2025, 11, 25, tzinfo=UTC))
    True
    >>> tells_now("as of 2025-12-30", "as of 2025-12-31", datetime(2026, 2, 1, tzinfo=UTC))
    False
    """
    if not differ_by_moments(published, rebuilt):
        return False
    pairs = zip(_moments(published), _moments(rebuilt), strict=False)
    return all(_is_now(after, now) for before, after in pairs if before != after)


def _moments(text: str) -> Iterator[str]:
    yield from (match[0] for match in _MOMENT.finditer(text))


def _is_now(moment: str, now: datetime) -> bool:
    now = now.astimezone(UTC)  # the time zone of every kernel
    if re.fullmatch(r"1\d{9,18}(?:\.\d+)?", moment):
        return abs(int(moment[:10]) - now.timestamp()) < _HOUR
    if day := _COMPACT.fullmatch(moment):
        moment = "-".join(day.groups())
    numbers = [int(digits) for digits in re.findall(r"\d+", moment)]
    if re.fullmatch(_TIME, moment):
        apart = abs(numbers[0] * 60 + numbers[1] - now.hour * 60 - now.minute) % _HALF_DAY
        return min(apart, _HALF_DAY - apart) < _HOUR // 60
    month = now.month in numbers or _MONTHS[now.month - 1] in moment
    return now.year in numbers and month and now.day in numbers
