"""The demo company's assessments by several raters, agreed actions and key results."""

import numpy as np
import pandas as pd

from salesperf.data.demo.people import CRITERIA, DATA_START, Company, Ints

SEVERITY, SLIP = 0.45, 0.45  # standard deviations between raters and between a rater's own ratings (points)
ROLES = ("manager", "peer", "peer", "hr")
PARTNER = np.array([0, 0, 0, 1, 1, 1, 2, 2])  # the HR partner of each region
GOALS = ((0, 12), (2, 10), (60, 95), (0, 8), (0, 2), (1, 6))  # start and target of the goals in names.yml


def quarters(company: Company) -> pd.PeriodIndex:
    """The quarters of the data."""
    return pd.period_range(str(DATA_START), str(company.end), freq="Q")


def employed(company: Company, quarter: pd.Period) -> Ints:
    """Positions of the reps employed from the first month of the quarter to its end."""
    reps = company.reps
    is_employed = (reps["start"] < quarter.start_time + pd.Timedelta(days=30)) & (reps["until"] > quarter.end_time)
    return np.flatnonzero(is_employed)


def raters_of(company: Company, rated: Ints, rng: np.random.Generator) -> Ints:
    """The raters of each rep, one column per role of `ROLES`; `rated` has the positions of the reps.

    Raters are positions in a list of all reps, then all managers, then all HR partners.
    """
    reps = company.reps
    team, region = reps["team_no"].to_numpy()[rated], reps["region_no"].to_numpy()[rated]
    near = rng.random((len(rated), len(rated))) + 0.5 * (region[:, None] == region)
    mates = team[:, None] == team
    inside = np.where(mates & ~np.eye(len(rated), dtype=bool), near, -1).argmax(axis=1)
    outside = np.where(mates, -1, near).argmax(axis=1)
    manager = len(reps) + team
    partner = len(reps) + len(company.managers) + PARTNER[region]
    return np.column_stack([manager, rated[inside], rated[outside], partner])


def assessments(company: Company, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, object]]:
    """One row per rep, quarter, rater and criterion (1 to 5 in halves), and for `truth.json` the raters' severity.

    Severity is what a rater adds to every rating, in points; it is drawn around 0, with `SEVERITY` as its deviation.
    """
    names = np.array([*company.reps["rep"], *company.managers, *company.partners])
    severity = SEVERITY * rng.normal(size=len(names))
    level = company.reps[CRITERIA].to_numpy()
    parts = []
    for quarter in quarters(company):
        rated = employed(company, quarter)
        rater = raters_of(company, rated, rng)
        shape = (*rater.shape, len(CRITERIA))
        seen = level[rated][:, None, :] + severity[rater][:, :, None] + SLIP * rng.normal(size=shape)
        who, role, criterion = (axis.ravel() for axis in np.indices(shape))
        part = {
            "rep_id": company.reps["rep_id"].to_numpy()[rated][who],
            "period": str(quarter),
            "criterion": np.array(CRITERIA)[criterion],
            "rating": ((2 * seen).round() / 2).clip(1, 5).ravel(),
            "rater": names[rater[who, role]],
            "rater_role": np.array(ROLES)[role],
        }
        parts.append(pd.DataFrame(part))
    table = pd.concat(parts)
    known = pd.Series(severity.round(4), index=names)[table["rater"].unique()]
    return table, {"rater_severity": known.to_dict(), "rater_spread": SEVERITY}


def actions(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """What rep and manager agreed on after the third quarter of 2025: one or two rows per rep, status done or open."""
    who = employed(company, pd.Period("2025Q3"))
    first = rng.integers(len(company.words.steps), size=len(who))
    second = (first + rng.integers(1, len(company.words.steps), size=len(who))) % len(company.words.steps)
    parts = pd.DataFrame({"rep": np.append(who, who), "step": np.append(first, second)})
    parts = parts[np.append(np.ones(len(who), dtype=bool), rng.random(len(who)) < 0.5)]
    return pd.DataFrame(
        {
            "rep_id": company.reps["rep_id"].to_numpy()[parts["rep"]],
            "date": pd.Timestamp("2025-10-08"),
            "action": np.array(company.words.steps)[parts["step"]],
            "due": pd.Timestamp("2025-12-15"),
            "status": np.where(rng.random(len(parts)) < 0.6, "done", "open"),
        }
    ).sort_values("rep_id", kind="stable", ignore_index=True)


def key_results(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """Two rows per rep and quarter of 2025: start, target and actual in the unit of the key result."""
    parts = []
    goals = pd.DataFrame(company.words.goals, columns=["objective", "key_result"])
    goals = goals.join(pd.DataFrame(GOALS, columns=["start", "target"]))
    for quarter in quarters(company)[quarters(company).year == 2025]:
        who = np.repeat(employed(company, quarter), 2)
        first = rng.integers(len(goals), size=len(who) // 2)
        other = (first + rng.integers(1, len(goals), size=len(first))) % len(goals)
        part = goals.iloc[np.column_stack([first, other]).ravel()].reset_index(drop=True)
        drive = company.reps["drive"].to_numpy()[who]
        done = (0.7 + 0.08 * drive + 0.25 * rng.normal(size=len(who))).clip(0, 1.3)
        actual = (part["start"] + (part["target"] - part["start"]) * done).round().astype(int)
        rep = company.reps["rep_id"].to_numpy()[who]
        parts.append(part.assign(rep_id=rep, period=str(quarter), actual=actual))
    return pd.concat(parts)
