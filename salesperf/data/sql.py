"""Quoting for SQL: text from a client's files gets into a query only as a quoted name or a literal."""

from collections.abc import Mapping


def name(text: str) -> str:
    """A table's or a column's name in SQL.

    >>> print(name('5" disks'))
    "5"" disks"
    """
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def literal(text: str) -> str:
    """A text as a value in SQL.

    >>> print(literal("it's"))
    'it''s'
    """
    # The engine's parser would take a NUL for the end of the statement.
    quoted = text.replace("'", "''").replace("\0", "' || chr(0) || '")
    return f"('{quoted}')" if "\0" in text else f"'{quoted}'"


def struct(texts: Mapping[str, str]) -> str:
    """A mapping of names to texts as a struct literal in SQL."""
    return "{" + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in texts.items()) + "}"
