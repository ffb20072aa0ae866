"""The order in which people put names: Team 2 before Team 10, and 一组 before 二组 before 三组."""

import re

_PARTS = re.compile(r"(\d+|[一二三四五六七八九十百]+)", re.ASCII)
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}
_TENS = {"十": 10, "百": 100}

Place = tuple[tuple[tuple[str, int], ...], str]


def natural_place(name: str) -> Place:
    """A key by which to sort names: numbers in them, also in Chinese, by their value, all else by its characters.

    >>> sorted(["Team 10", "Team 2", "华中三组", "华中一组", "华中二组"], key=natural_place)
    ['Team 2', 'Team 10', '华中一组', '华中二组', '华中三组']
    """
    parts = (part for part in _PARTS.split(name) if part)
    return tuple(("", number) if (number := _number(part)) is not None else (part, 0) for part in parts), name


def _number(part: str) -> int | None:
    """The number that a part of a name is; None for any other part.

    >>> _number("十"), _number("二十三"), _number("一百"), _number("组")
    (10, 23, 100, None)
    """
    if part.isascii() and part.isdigit():
        return int(part)
    if any(sign not in _DIGITS and sign not in _TENS for sign in part):
        return None
    whole = digit = 0
    for sign in part:
        if sign in _TENS:
            whole, digit = whole + (digit or 1) * _TENS[sign], 0
        else:
            digit = _DIGITS[sign]
    return whole + digit
