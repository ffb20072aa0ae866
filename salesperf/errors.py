"""The errors that a user sees: each a message of one line, with the exit code of the command line."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class SalesperfError(Exception):
    """Base of all errors shown to a user: one line with the place, what was expected, what was got, and the way out."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ReportsFailed(SalesperfError):
    """Some reports could not be built (failed, disk full, cluster lost); what is published is whole."""

    exit_code = 1


class RequestError(SalesperfError):
    """The request is wrong: an argument or the client file."""

    exit_code = 2


class DataError(SalesperfError):
    """The data cannot be used."""

    exit_code = 3


class Differences(SalesperfError):
    """`verify` has found published files that differ from what would be built again."""

    exit_code = 4


class Interrupted(SalesperfError):
    """Somebody ended the command; what was published until then is whole."""

    exit_code = 130


def one_line(text: str) -> str:
    """The text in one line, with control characters as spaces: names come from exports, and a terminal obeys controls.

    >>> one_line("East\\x1b[2J\\nWest")
    'East [2J West'
    """
    marked = "".join(letter if letter.isprintable() else "\0" for letter in text)
    return re.sub(" *\0[\0 ]*", " ", marked).strip()


def listed(words: Iterable[str], *, most: int = 8, separator: str = ", ") -> str:
    """The words as a list for a message: the first ``most`` of them, and the number of the others.

    >>> listed(["East", "North", "West"], most=2)
    'East, North and 1 more'
    """
    every = list(words)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return separator.join(every[:most]) + rest


def quoted(words: Iterable[object]) -> str:
    """The words as a list for a message, each in quotes.

    >>> quoted(["East", "West"])
    "'East', 'West'"
    """
    return listed(repr(str(word)) for word in words)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is not 1.

    >>> counted(1, "report"), counted(2, "report")
    ('1 report', '2 reports')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the most similar known one, else a list of the known ones.

    >>> did_you_mean("quater", ["quarter", "year"])
    "did you mean 'quarter'?"
    """
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {quoted(names)}" if names else "there are none"
