"""Names of the demo company in two languages, drawn by position, so that both languages have the same data."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Words:
    """One language of `names.yml`: lists of names and the patterns that join them."""

    regions: list[str]
    team: str
    numbers: list[str]
    person: str
    female: list[str]
    male: list[str]
    family: list[str]
    account: str
    heads: list[str]
    tails: list[str]
    trades: list[str]
    goals: list[tuple[str, str]]
    steps: list[str]


def listed() -> dict[str, Any]:
    """The content of `names.yml`."""
    content: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("names.yml").read_text("utf-8"))
    return content


def words(language: Language) -> Words:
    """The vocabulary of one language."""
    return Words(**listed()[language])


def products() -> pd.DataFrame:
    """One row per product: name, list price (money), margin at that price (share), and the misspelt name."""
    return pd.DataFrame(listed()["products"])


def person_names(words: Words, female: npt.NDArray[np.bool_], rng: np.random.Generator) -> list[str]:
    """Distinct names of people, one for each flag of `female`."""
    cells = rng.choice(len(words.female) * len(words.family), size=len(female), replace=False)
    return [
        words.person.format(given=(words.female if she else words.male)[given], family=words.family[family])
        for she, family, given in zip(female, *np.divmod(cells, len(words.female)), strict=True)
    ]


def account_names(words: Words, count: int, rng: np.random.Generator) -> list[str]:
    """Distinct names of `count` companies."""
    shape = (len(words.heads), len(words.tails), len(words.trades))
    cells = np.unravel_index(rng.choice(np.prod(shape), size=count, replace=False), shape)
    return [
        words.account.format(head=words.heads[head], tail=words.tails[tail], trade=words.trades[trade])
        for head, tail, trade in zip(*cells, strict=True)
    ]
