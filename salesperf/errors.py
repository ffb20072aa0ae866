"""What can go wrong for a user, in one line, with the exit code that the command line returns."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class SalesperfError(Exception):
    """A user's mistake: one line saying place, what was expected, what was got, and the way out."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ReportsFailed(SalesperfError):
    """Some reports of a batch failed; the others are published."""

    exit_code = 1


class RequestError(SalesperfError):
    """The request is wrong: an argument or the client file."""

    exit_code = 2


class DataError(SalesperfError):
    """The data cannot be used."""

    exit_code = 3


class Differences(SalesperfError):
    """What is published is not what would be built again."""

    exit_code = 4


class Interrupted(SalesperfError):
    """Somebody ended a batch; what was published until then is whole."""

    exit_code = 130


def one_line(text: str) -> str:
    """The text in one line without control characters: names come from exports, and a terminal obeys what they hold.

    >>> one_line("East\\x1b[2J\\nWest")
    'East [2J West'
    """
    marked = "".join(letter if letter.isprintable() else "\0" for letter in text)
    return re.sub(" *\0[\0 ]*", " ", marked).strip()


def quoted(words: Iterable[object]) -> str:
    """The words as a short list for a message; what is cut off is counted.

    >>> quoted(["East", "West"])
    "'East', 'West'"
    """
    shown = [repr(str(word)) for word in words]
    rest = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return ", ".join(shown[:8]) + rest


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The way out for a name that is not known: the nearest known one, else the known ones.

    >>> did_you_mean("quater", ["quarter", "year"])
    "did you mean 'quarter'?"
    """
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {quoted(names)}" if names else "there are none"
