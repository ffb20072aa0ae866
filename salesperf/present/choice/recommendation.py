"""Which model suits a company, as exhibits: the recommendation, what made it, and what would change it."""

from itertools import groupby

import pandas as pd

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.present.masthead import dates_of, masthead
from salesperf.scoring.choice import ANSWERS, Answer, Choice, Factor, Profile, Rule, RuleTable, rule_table
from salesperf.scoring.readiness import Readiness


def choice_masthead(voice: Voice, client: Client) -> Exhibit:
    """The client, and the period looked at."""
    title, line = voice("choice_title", client=client.name), f"{client.period.label} · {dates_of(voice, client)}"
    return masthead(voice, client, title, line=line, page_title=title)


def verdict(voice: Voice, found: Choice) -> str:
    """The recommendation in one sentence."""
    best, nearest = found.recommended, found.nearest
    if best is None:
        first = found.refused[0]
        listed = voice.listed(
            [voice(f"choice_table_{name}") for name in dict.fromkeys(gap.table for gap in first.collect)]
        )
        return voice("choice_none", model=model_name(voice, first.name), tables=listed)
    if not found.points[best]:
        return voice("choice_pointless" if found.fired else "choice_untold", model=model_name(voice, best))
    said = voice("choice_best", model=model_name(voice, best), points=found.points[best])
    if nearest is None:
        return said + voice("choice_alone")
    tied = found.points[nearest] == found.points[best]
    next_one = {"model": model_name(voice, nearest), "points": found.points[nearest]}
    return said + (voice("choice_tied", **next_one) if tied else voice("choice_next", **next_one))


def recommendation(voice: Voice, found: Choice) -> Exhibit:
    """The recommendation, with the reasons that speak for it, those of most weight first."""
    return together(paragraph(verdict(voice, found), "sp-lead"), notes(reasons(voice, found)))


def reasons(voice: Voice, found: Choice) -> list[str]:
    """A sentence for every rule that gave points to the recommended model, most points first."""
    model = found.recommended
    if model is None:
        return []
    giving = sorted((rule for rule in found.fired if model in rule.points), key=lambda rule: -rule.points[model])
    return [voice("choice_reason", because=reason_of(voice, rule), points=rule.points[model]) for rule in giving]


def answers_frame(voice: Voice, known: Profile, found: Choice) -> pd.DataFrame:
    """Every factor with the answer used, or that it was not told."""
    numbers: dict[Factor, str] = {}
    if known.team_size is not None:
        numbers["team_size"] = voice("choice_reps", n=voice.count(known.team_size))
    if known.cycle_days is not None:
        numbers["sales_cycle"] = voice.days(known.cycle_days)
    rows = [
        (voice(f"choice_factor_{factor}"), _answer(voice, found.answers.get(factor), numbers.get(factor, "")))
        for factor in ANSWERS
    ]
    return pd.DataFrame(rows, columns=[voice("choice_factor"), voice("choice_answer")])


def answers_used(voice: Voice, known: Profile, found: Choice) -> Exhibit:
    """Every factor with the answer used, or that it was not told."""
    frame, words = answers_frame(voice, known, found), (voice("choice_answer"),)
    return table(frame, "answers", left=words, wide=words, caption=voice("choice_answers_caption"))


def models_frame(voice: Voice, found: Choice) -> pd.DataFrame:
    """Every model, best first: its points, the share of its weight that can be measured, and what follows."""
    rows = [
        (
            model_name(voice, name),
            str(points),
            _measured(voice, found.readiness.get(name)),
            voice(f"choice_state_{_state(found, name)}"),
        )
        for name, points in found.points.items()
    ]
    return pd.DataFrame(
        rows, columns=[voice("choice_model"), voice("choice_points"), voice("choice_measured"), voice("choice_state")]
    )


def points_frame(voice: Voice, found: Choice) -> pd.DataFrame:
    """Every rule that fired with its reason and its points for each model, and the sums below."""
    models = list(found.points)
    names = [model_name(voice, name) for name in models]
    rows = [
        [
            answer_name(voice, rule.answer),
            reason_of(voice, rule),
            *(_points(rule.points.get(name, 0)) for name in models),
        ]
        for rule in found.fired
    ]
    rows.append([voice("choice_sum"), "", *(str(found.points[name]) for name in models)])
    return pd.DataFrame(rows, columns=[voice("choice_answer"), voice("choice_because"), *names])


def points_table(voice: Voice, found: Choice) -> Exhibit:
    """Every rule that fired with its points for each model, best model first."""
    words, caption = (voice("choice_because"),), voice("choice_points_caption", ties=_ties(voice))
    return table(points_frame(voice, found), "choice", left=words, wide=words, caption=caption)


def changes(voice: Voice, found: Choice) -> list[str]:
    """What would change the recommendation: other answers, and data that are missing."""
    if found.recommended is None:
        return []
    best = found.points[found.recommended]
    said = []
    order: list[str] = list(found.points)
    for model, same in groupby(sorted(found.changes, key=lambda one: order.index(one.model)), lambda one: one.model):
        options = [
            voice("choice_option", factor=voice(f"choice_factor_{one.factor}"), answer=answer_name(voice, one.answer))
            for one in same
        ]
        named = {"model": model_name(voice, model), "options": voice("choice_options_separator").join(options)}
        behind = best - found.points[model]
        said.append(voice("choice_change", behind=behind, **named) if behind else voice("choice_change_tied", **named))
    for one in found.refused:
        if order.index(one.name) < order.index(found.recommended):
            said.append(voice("choice_change_data", model=model_name(voice, one.name)))
    return said or [voice("choice_change_none")]


def what_would_change(voice: Voice, found: Choice) -> Exhibit:
    """What would change the recommendation, one remark below the other."""
    return notes(changes(voice, found) or [voice("choice_change_data_first")])


def rules_frame(voice: Voice, rules: RuleTable) -> pd.DataFrame:
    """The whole rule table, in words."""
    rows = [
        [
            voice(f"choice_factor_{rule.factor}"),
            answer_name(voice, rule.answer),
            reason_of(voice, rule),
            *(_points(rule.points.get(model, 0)) for model in rules.ties),
        ]
        for rule in rules.rules
    ]
    names = [model_name(voice, model) for model in rules.ties]
    return pd.DataFrame(rows, columns=[voice("choice_factor"), voice("choice_answer"), voice("choice_because"), *names])


def whole_rule_table(voice: Voice, rules: RuleTable) -> Exhibit:
    """The whole rule table, whatever fired."""
    left, wide = (voice("choice_answer"), voice("choice_because")), (voice("choice_because"),)
    caption = voice("choice_rules_caption", ties=_ties(voice))
    return table(rules_frame(voice, rules), "rules", left=left, wide=wide, caption=caption)


def model_name(voice: Voice, name: str) -> str:
    """The name of a model type."""
    return voice(f"choice_model_{name}")


def answer_name(voice: Voice, answer: Answer) -> str:
    """An answer in words; bands of sizes and days with their limits."""
    rules = rule_table()
    limits = {**rules.team_size, **rules.cycle_days}
    return voice(f"choice_answer_{answer}", **{name: voice.count(limit) for name, limit in limits.items()})


def reason_of(voice: Voice, rule: Rule) -> str:
    """The reason of a rule."""
    return voice(f"choice_because_{rule.answer}")


def percent(weight: float | None) -> str:
    """A share of a model's weight, without needless decimals."""
    return "–" if weight is None else f"{round(weight * 100, 1):g}%"


def _answer(voice: Voice, answer: Answer | None, number: str) -> str:
    if answer is None:
        return voice("choice_not_told")
    name = answer_name(voice, answer)
    return voice("choice_answer_number", answer=name, number=number) if number else name


def _ties(voice: Voice) -> str:
    return voice.listed([model_name(voice, name) for name in rule_table().ties])


def _state(found: Choice, name: str) -> str:
    if name in found.readiness and found.readiness[name].refused:
        return "refused"
    return "recommended" if name == found.recommended else "possible"


def _measured(voice: Voice, ready: Readiness | None) -> str:
    return voice.missing if ready is None else percent(ready.measured)


def _points(points: int) -> str:
    return f"+{points}" if points else "–"
