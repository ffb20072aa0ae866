"""High potential in generated companies: who is found, how stably, and whether printed chances come true.

Companies of 14 quarters are looked at after the tenth; what their people do in the last four is the truth that chances
are held against. Run with a number of companies per effect to measure fewer than COMPANIES of them.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

from salesperf import open_company
from salesperf.data.demo.export import write_demo
from salesperf.people.features import Features, features
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential
from salesperf.people.year_since import year_since

COMPANIES = 100  # of each effect; other seeds than that of the demo company
EFFECTS = (0.0, 0.5, 1.0)
NOW, LATER, END = "2025Q4", "2026Q4", "2026-12-31"
DROPPED, DROPS, STABLE_COMPANIES = 20, 4, 30
CLIENT = Path(__file__).parent.parent / "params" / "demo.yml"


@dataclass(frozen=True)
class Outcome:
    """One company: its people with what was printed and what came, and what naming them was like.

    ``people``: planted, named, forecast and chance (see `Potential`), chances by the two rivals (calibrated in the same
    way), grew. ``found``: the share of the planted among as many people taken by name and potential; by each rival.
    ``jaccard``: of the names when people are dropped, NaN where it was not tried.
    """

    effect: float
    people: pd.DataFrame
    found: dict[str, float]
    jaccard: float


def outcome(seed: int, effect: float, drops: int) -> Outcome:
    """One generated company."""
    with tempfile.TemporaryDirectory() as folder:
        write_demo(Path(folder) / "demo", seed=seed, effect=effect, end=END)
        client = Path(folder) / "client.yml"
        client.write_text(CLIENT.read_text("utf-8").replace("params/", ""), "utf-8")
        planted = json.loads((Path(folder) / "demo" / "truth.json").read_text("utf-8"))["high_potential"]
        now = open_company(client, NOW).potential()
        since = year_since(now, features(open_company(client, LATER)).revenue).people
    people = now.people[["potential", "membership", "named", "forecast", "chance"]].join(
        since[["level", "growth", "grew"]]
    )
    people["planted"] = people.index.isin(planted)
    return Outcome(effect, people.join(rivals(now, people)), shares_found(people), jaccard(now, drops))


def shares_found(people: pd.DataFrame) -> dict[str, float]:
    """The share of the planted among as many people as are planted, by each way to choose."""
    count = int(people["planted"].sum())
    ways = {"named, then by potential": ["named", "potential"], "revenue": ["level"], "growth": ["growth"]}
    return {
        way: float(people.sort_values(columns, ascending=False)["planted"].head(count).mean())
        for way, columns in ways.items()
    }


def rivals(now: Potential, people: pd.DataFrame) -> pd.DataFrame:
    """The chances that level and growth alone give, calibrated on the year before as chances are."""
    assert now.backtest is not None
    then = now.backtest.people.dropna(subset=["level", "growth", "grew"])
    chances = {}
    for way in ("level", "growth"):
        centre, spread = np.log(then[way]).mean(), np.log(then[way]).std()
        before = ((np.log(then[way]) - centre) / spread).to_numpy()
        (slope,) = fitted(before, then["grew"].to_numpy(), prior=0.5)
        chances[f"by_{way}"] = expit(slope * (np.log(people[way]) - np.log(people[way]).mean()) / spread)
    return pd.DataFrame(chances)


def fitted(odds: np.ndarray, grew: np.ndarray, prior: float) -> np.ndarray:
    """The coefficient of a logistic regression through the origin, with a normal prior of that deviation."""
    answer = minimize(lambda a: (np.logaddexp(0, a * odds) - grew * a * odds).sum() + (a[0] / prior) ** 2 / 2, [0.0])
    return np.asarray(answer.x)


def jaccard(now: Potential, drops: int) -> float:
    """The mean Jaccard similarity of the names without DROPPED people, to the names with them."""
    values, named = now.features.values, set(now.people.index[now.people["named"]])
    alike = []
    for draw in range(drops):
        gone = np.random.default_rng(draw).choice(values.index, DROPPED, replace=False)
        some = values.drop(gone)
        left: Features = replace(now.features, values=some, people=now.features.people.loc[some.index])
        again = potential(left).people
        names, before = set(again.index[again["named"]]), named - set(gone)
        alike.append(len(names & before) / len(names | before) if names | before else 1.0)
    return float(np.mean(alike)) if alike else float("nan")


def calibration(chances: np.ndarray, grew: np.ndarray) -> tuple[float, float]:
    """The slope of a logistic regression of what came on the log odds of chances, and the Brier score."""
    odds = logit(chances.clip(0.001, 0.999))
    line = minimize(lambda a: (np.logaddexp(0, a[0] + a[1] * odds) - grew * (a[0] + a[1] * odds)).sum(), [0.0, 1.0])
    return float(line.x[1]), float(((chances - grew) ** 2).mean())


def report(outcomes: list[Outcome]) -> Iterator[str]:
    """What is measured, a line each."""
    for effect in EFFECTS:
        some = [each for each in outcomes if each.effect == effect]
        naming = sum(bool(each.people["named"].any()) for each in some)
        yield f"effect {effect:g}: {len(some)} companies, {naming} name anybody"
        people = pd.concat([each.people for each in some])
        named = people[people["named"]].dropna(subset="grew")
        if len(named):
            yield f"  of {len(named)} named {named['grew'].mean():.2f} grew more, printed {named['chance'].mean():.2f}"
    full = [each for each in outcomes if each.effect == 1.0]
    for way in full[0].found:
        yield f"planted found by {way}: {np.mean([each.found[way] for each in full]):.3f}"
    tried = [each.jaccard for each in full if not np.isnan(each.jaccard)]
    error = np.std(tried, ddof=1) / np.sqrt(len(tried))
    yield f"names without {DROPPED} people: mean Jaccard {np.mean(tried):.3f} ± {error:.3f} in {len(tried)} companies"
    people = pd.concat([each.people for each in outcomes])
    for way in ("chance", "forecast", "by_level", "by_growth"):
        known = people.dropna(subset=[way, "grew"])
        slope, brier = calibration(known[way].to_numpy(), known["grew"].to_numpy())
        yield f"{way}: calibration slope {slope:.2f}, Brier score {brier:.4f} ({len(known)} people)"


def main() -> None:
    """Generates the companies, and prints what is measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    asked = [(100 + number, effect) for effect in EFFECTS for number in range(count)]
    drops = [DROPS if effect == 1.0 and seed < 100 + STABLE_COMPANIES else 0 for seed, effect in asked]
    with ProcessPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, *zip(*asked, strict=True), drops))
    print("\n".join(report(outcomes)))


if __name__ == "__main__":
    main()
