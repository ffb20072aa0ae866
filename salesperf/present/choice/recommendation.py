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
    """The head of the page: the client, the period looked at and its dates."""
    title, line = voice("choice_title", client=client.name), f"{client.period.label} · {dates_of(voice, client)}"
    return masthead(voice, client, title, line=line, page_title=title)


def verdict(voice: Voice, choice: Choice) -> str:
    """The recommendation in words, with the model that comes next; or what to collect where no model can be used."""
    best, nearest = choice.recommended, choice.nearest
    if best is None:
        first = choice.refused[0]
        listed = voice.listed(
            [voice(f"choice_table_{name}") for name in dict.fromkeys(gap.table for gap in first.collect)]
        )
        return voice("choice_none", model=model_name(voice, first.name), tables=listed)
    if not choice.points[best]:
        return voice("choice_pointless" if choice.fired else "choice_untold", model=model_name(voice, best))
    text = voice("choice_best", model=model_name(voice, best), points=choice.points[best])
    if nearest is None:
        return text + voice("choice_alone")
    tied = choice.points[nearest] == choice.points[best]
    runner_up = {"model": model_name(voice, nearest), "points": choice.points[nearest]}
    return text + (voice("choice_tied", **runner_up) if tied else voice("choice_next", **runner_up))


def recommendation(voice: Voice, choice: Choice) -> Exhibit:
    """The recommendation, with the reasons that speak for it, those of most points first."""
    return together(paragraph(verdict(voice, choice), "sp-lead"), notes(reasons(voice, choice)))


def reasons(voice: Voice, choice: Choice) -> list[str]:
    """A sentence for every rule that gave points to the recommended model, most points first; none without a model."""
    model = choice.recommended
    if model is None:
        return []
    giving = sorted((rule for rule in choice.fired if model in rule.points), key=lambda rule: -rule.points[model])
    return [voice("choice_reason", because=reason_of(voice, rule), points=rule.points[model]) for rule in giving]


def answers_frame(voice: Voice, profile: Profile, choice: Choice) -> pd.DataFrame:
    """A row per factor, as texts: its name and the answer used, or that there is none."""
    numbers: dict[Factor, str] = {}
    if profile.team_size is not None:
        numbers["team_size"] = voice("choice_reps", n=voice.count(profile.team_size))
    if profile.cycle_days is not None:
        numbers["sales_cycle"] = voice.days(profile.cycle_days)
    rows = [
        (voice(f"choice_factor_{factor}"), _answer(voice, choice.answers.get(factor), numbers.get(factor, "")))
        for factor in ANSWERS
    ]
    return pd.DataFrame(rows, columns=[voice("choice_factor"), voice("choice_answer")])


def answers_used(voice: Voice, profile: Profile, choice: Choice) -> Exhibit:
    """Every factor with the answer used, as a table of `answers_frame`."""
    frame, words = answers_frame(voice, profile, choice), (voice("choice_answer"),)
    return table(frame, "answers", left=words, wide=words, caption=voice("choice_answers_caption"))


def models_frame(voice: Voice, choice: Choice) -> pd.DataFrame:
    """A row per model, best first, as texts: name, points, measured share of its weight, and whether it can be used."""
    rows = [
        (
            model_name(voice, name),
            str(points),
            _measured(voice, choice.readiness.get(name)),
            voice(f"choice_state_{_state(choice, name)}"),
        )
        for name, points in choice.points.items()
    ]
    return pd.DataFrame(
        rows, columns=[voice("choice_model"), voice("choice_points"), voice("choice_measured"), voice("choice_state")]
    )


def points_frame(voice: Voice, choice: Choice) -> pd.DataFrame:
    """A row per rule that fired, as texts: answer, reason, and its points for each model; the last row has the sums."""
    models = list(choice.points)
    names = [model_name(voice, name) for name in models]
    rows = [
        [
            answer_name(voice, rule.answer),
            reason_of(voice, rule),
            *(_points(rule.points.get(name, 0)) for name in models),
        ]
        for rule in choice.fired
    ]
    rows.append([voice("choice_sum"), "", *(str(choice.points[name]) for name in models)])
    return pd.DataFrame(rows, columns=[voice("choice_answer"), voice("choice_because"), *names])


def points_table(voice: Voice, choice: Choice) -> Exhibit:
    """Every rule that fired with its points for each model, best model first."""
    words, caption = (voice("choice_because"),), voice("choice_points_caption", ties=_ties(voice))
    return table(points_frame(voice, choice), "choice", left=words, wide=words, caption=caption)


def changes(voice: Voice, choice: Choice) -> list[str]:
    """What would change the recommendation, in sentences: other answers, and data that are missing.

    Empty without a recommendation; a sentence says so where no single answer and no data would change it.
    """
    if choice.recommended is None:
        return []
    best = choice.points[choice.recommended]
    sentences = []
    order: list[str] = list(choice.points)
    ordered = sorted(choice.changes, key=lambda change: order.index(change.model))
    for model, model_changes in groupby(ordered, lambda change: change.model):
        options = [
            voice(
                "choice_option",
                factor=voice(f"choice_factor_{change.factor}"),
                answer=answer_name(voice, change.answer),
            )
            for change in model_changes
        ]
        named = {"model": model_name(voice, model), "options": voice("choice_options_separator").join(options)}
        behind = best - choice.points[model]
        sentences.append(
            voice("choice_change", behind=behind, **named) if behind else voice("choice_change_tied", **named)
        )
    for readiness in choice.refused:
        if order.index(readiness.name) < order.index(choice.recommended):
            sentences.append(voice("choice_change_data", model=model_name(voice, readiness.name)))
    return sentences or [voice("choice_change_none")]


def what_would_change(voice: Voice, choice: Choice) -> Exhibit:
    """What would change the recommendation, as a list of `changes`, or that data come first where there is none."""
    return notes(changes(voice, choice) or [voice("choice_change_data_first")])


def rules_frame(voice: Voice, rules: RuleTable) -> pd.DataFrame:
    """A row per rule of the table, as texts: factor, answer, reason, and its points for each model."""
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
    """The whole rule table, whether a rule fired or not."""
    left, wide = (voice("choice_answer"), voice("choice_because")), (voice("choice_because"),)
    caption = voice("choice_rules_caption", ties=_ties(voice))
    return table(rules_frame(voice, rules), "rules", left=left, wide=wide, caption=caption)


def model_name(voice: Voice, name: str) -> str:
    """The name of a model type."""
    return voice(f"choice_model_{name}")


def answer_name(voice: Voice, answer: Answer) -> str:
    """An answer in words; those of team size and sales cycle with the limits of their bands."""
    rules = rule_table()
    limits = {**rules.team_size, **rules.cycle_days}
    return voice(f"choice_answer_{answer}", **{name: voice.count(limit) for name, limit in limits.items()})


def reason_of(voice: Voice, rule: Rule) -> str:
    """The reason of a rule."""
    return voice(f"choice_because_{rule.answer}")


def percent(weight: float | None) -> str:
    """A share (1 is 100 %) of a model's weight in percent, with at most one decimal; "–" for None."""
    return "–" if weight is None else f"{round(weight * 100, 1):g}%"


def _answer(voice: Voice, answer: Answer | None, number: str) -> str:
    if answer is None:
        return voice("choice_not_told")
    name = answer_name(voice, answer)
    return voice("choice_answer_number", answer=name, number=number) if number else name


def _ties(voice: Voice) -> str:
    return voice.listed([model_name(voice, name) for name in rule_table().ties])


def _state(choice: Choice, name: str) -> str:
    if name in choice.readiness and choice.readiness[name].refused:
        return "refused"
    return "recommended" if name == choice.recommended else "possible"


def _measured(voice: Voice, ready: Readiness | None) -> str:
    return voice.missing if ready is None else percent(ready.measured)


def _points(points: int) -> str:
    return f"+{points}" if points else "–"
