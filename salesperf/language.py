"""The words and number forms of a report's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import floor, isnan
from pathlib import Path
from string import Formatter
from typing import Any, Literal

import yaml

from salesperf.periods import Period

Language = Literal["en", "zh"]
_LOADER = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the C loader reads the same, many times as fast, where libyaml is installed
_FOLDER = Path(__file__).parent / "languages"
# Language → (least amount, unit, sign): a unit is used from where the next smaller one would round up to it.
_STEPS = {
    "en": ((9.995e8, 1e9, " bn"), (9.995e5, 1e6, " M"), (9_999.5, 1e3, " k")),
    "zh": ((99_995_000, 1e8, " 亿"), (9_999.5, 1e4, " 万")),
}


class _Plurals(Formatter):
    """Formats as `str.format` does; the form ``one|other`` of a number is the word that goes with it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value in its form; of ``one|other`` the former for 1, whether as a number or as printed."""
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, other = format_spec.split("|")
        return one if str(value) == "1" else other


_PLURALS = _Plurals()


@dataclass(frozen=True)
class Voice:
    """The words and number forms of one report, all returned as text.

    ``currency``: the sign before amounts; ``client_kpis``: id → name of KPIs that the language files do not have;
    ``periods``: label of a period → the client's own name for it.
    For NaN every form of a number returns the words for "not available", never 0.
    """

    language: Language = "en"
    currency: str = ""
    client_kpis: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, word: str, **values: object) -> str:
        """The phrase under the key ``word`` in the language files, its placeholders filled in by ``values``.

        A placeholder such as ``{n:rep|reps}`` is the word for one, or for any other number.
        """
        named = {key: self.period(value) if isinstance(value, Period) else value for key, value in values.items()}
        phrase = _words(self.language)[word]
        return _PLURALS.vformat(phrase, (), named) if "|" in phrase else phrase.format(**named)

    def period(self, period: Period | str) -> str:
        """A period, or its label, as the client calls it."""
        return self.periods.get(str(period), str(period))

    def span(self, first: Period, last: Period) -> str:
        """A run of periods, such as 2025Q1 – 2025Q4; a single one as itself."""
        return self.period(first) if first == last else f"{self.period(first)} – {self.period(last)}"

    @property
    def missing(self) -> str:
        """The words for a number that is not available."""
        return self("not_available")

    def listed(self, words: list[str]) -> str:
        """The words as a list in a sentence."""
        return self("list_separator").join(words)

    def sentences(self, texts: Iterable[str]) -> str:
        """Sentences one after the other."""
        return self("sentence_separator").join(texts)

    def labelled(self, label: str, text: str) -> str:
        """A text behind what it is, such as "Revenue: 1,200"."""
        return self("labelled", label=label, text=text)

    def in_brackets(self, text: str, about: str) -> str:
        """A text with another one in brackets behind it."""
        return self("in_brackets", text=text, about=about)

    def award(self, name: str) -> str:
        """The name of an award of the shipped plans in words; one of the client's own as it is written."""
        word = "_".join(name.casefold().split())
        return _words(self.language).get(f"award_name_{word}", name)

    def money(self, value: float) -> str:
        """An amount in full units, such as 1,649,147."""
        return self.missing if isnan(value) else _signed(value, f"{self.currency}{abs(value):,.0f}")

    def short_money(self, value: float) -> str:
        """An amount to three or four digits, such as 1.65 M or 164.9 万."""
        if isnan(value):
            return self.missing
        for least, unit, name in _STEPS[self.language]:
            if abs(value) >= least:
                size = abs(value) / unit
                digits = 2 if size < 9.995 else 1 if size < 999.95 else 0
                return _signed(value, f"{self.currency}{size:,.{digits}f}{name}")
        return self.money(value)

    def share(self, value: float, decimals: int = 1) -> str:
        """A share in percent: 0.4 is 40.0%."""
        return self.missing if isnan(value) else _signed(value, f"{abs(value) * 100:,.{decimals}f}%")

    def of_target(self, value: float, decimals: int = 1) -> str:
        """A share of a target in percent, with more decimals where it else looked as if the target had been reached."""
        return self.missing if isnan(value) else self.share(value, decimals_apart(value * 100, [100], decimals))

    def chance(self, value: float) -> str:
        """A probability in whole percent; above 99% and below 1% it says so instead of 100% and 0%."""
        if value > 0.99:
            return "> 99%"
        return "< 1%" if value < 0.01 else self.share(value, 0)

    def count(self, value: float) -> str:
        """A whole number."""
        return self.missing if isnan(value) else _signed(value, f"{abs(value):,.0f}")

    def points(self, value: float) -> str:
        """Points of a score or of a rating; a half goes up, as it does for a grade."""
        return self.missing if isnan(value) else _signed(value, f"{abs(_half_up(value)):.1f}")

    def number(self, value: float) -> str:
        """A number with one decimal, such as 1,234.5."""
        return self.missing if isnan(value) else _signed(value, f"{abs(value):,.1f}")

    def days(self, value: float) -> str:
        """A number of days."""
        return self.missing if isnan(value) else self("unit_days", value=self.count(value))

    def value(self, unit: str, value: float) -> str:
        """A KPI's value in the form of its unit: money, share, count, days, points or number."""
        forms = {
            "money": self.money,
            "share": self.share,
            "count": self.count,
            "days": self.days,
            "points": self.points,
            "number": self.number,
        }
        return forms[unit](value)

    def with_n(self, text: str, n: float) -> str:
        """A printed value and the number of cases behind it, such as "40.0%, n 12"; NaN: the text alone."""
        return text if isnan(n) else self("with_n", value=text, n=self("n", n=self.count(n)))

    def change(self, unit: str, value: float) -> str:
        """A difference with its sign; of shares in percentage points."""
        if isnan(value):
            return self.missing
        if unit == "share":
            return self("points_change", value=_with_sign(value, f"{abs(value) * 100:,.1f}"))
        return _with_sign(value, self.short_money(abs(value)) if unit == "money" else self.value(unit, abs(value)))

    def full_change(self, value: float) -> str:
        """A difference of money with its sign, in full units, such as −125,900."""
        return self.missing if isnan(value) else _with_sign(value, self.money(abs(value)))

    def ratio(self, value: float) -> str:
        """A relative change with its sign, such as +4.2%."""
        return self.missing if isnan(value) else _with_sign(value, self.share(abs(value)))

    def templates(self, prefix: str) -> dict[str, str]:
        """The phrases whose key begins with ``prefix``, by key, with their placeholders left for others to fill in."""
        return {key: phrase for key, phrase in _words(self.language).items() if key.startswith(prefix)}

    def perspective(self, name: str) -> str:
        """The name of a perspective in words; one that the language files do not have as the client wrote it."""
        return _words(self.language).get(f"perspective_{name}", name)

    def kpi(self, name: str) -> str:
        """The name of a KPI in words, by its id: of the language files, else of ``client_kpis``, else the id itself."""
        return _words(self.language).get(f"kpi_{name}", self.client_kpis.get(name, name))


def decimals_apart(value: float | Decimal, limits: Iterable[float | Decimal], least: int, most: int = 6) -> int:
    """The decimals, ``least`` or more, with which a value below a limit is not printed as if it had reached it.

    >>> decimals_apart(74.976, [50, 75, 100], least=1), decimals_apart(75.0, [75], least=1)
    (2, 1)
    """
    exact = Decimal(str(value))
    missed = [Decimal(str(limit)) for limit in limits if exact < Decimal(str(limit))]
    for decimals in range(least, most):
        if all(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) < limit for limit in missed):
            return decimals
    return most


@cache
def _words(language: Language) -> dict[str, str]:
    """Key → phrase, of all files of a language and the names of KPIs."""
    files = sorted((_FOLDER / language).glob("*.yml"))
    words = {key: text for path in files for key, text in _read(path).items()}
    return words | {f"kpi_{kpi}": names[language] for kpi, names in _read(_FOLDER / "kpis.yml").items()}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    return content


def _half_up(value: float) -> float:
    """A value rounded to one decimal, as by `salesperf.rounding.half_up`, without importing NumPy."""
    return floor(round(value * 10, 6) + 0.5) / 10


def _signed(value: float, text: str) -> str:
    """The text of a value's size, with a minus for a negative value unless it is printed as 0."""
    return f"−{text}" if value < 0 and not _is_zero(text) else text


def _with_sign(value: float, text: str) -> str:
    """The text of a difference's size with + or −, or ± where it is printed as 0."""
    return ("±" if _is_zero(text) else "+" if value > 0 else "−") + text


def _is_zero(text: str) -> bool:
    return not any(digit in text for digit in "123456789")
