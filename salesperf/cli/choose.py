"""The command that recommends a model type for a company, with the reasons."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from salesperf.cli.options import AsOf, Format, NoCache, opened

if TYPE_CHECKING:
    import pandas as pd

    from salesperf.data.export import Export
    from salesperf.params import Client
    from salesperf.scoring.choice import Choice, Profile
    from salesperf.scoring.readiness import Readiness


def choose(
    params: Annotated[Path | None, typer.Argument(metavar="[PARAMS]", help="The client file; else no data.")] = None,
    industry: Annotated[str, typer.Option(help="Such as software; --rules lists all.")] = "",
    team_size: Annotated[int, typer.Option(min=0, help="Number of reps; default: those in the export.")] = 0,
    stage: Annotated[str, typer.Option(help="startup, growth, mature or turnaround.")] = "",
    culture: Annotated[str, typer.Option(help="results, coaching, innovation or balanced.")] = "",
    model: Annotated[str | None, typer.Option(help="May this model be used?")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a starter client file here; never over another.")] = None,
    language: Annotated[Literal["en", "zh"], typer.Option(help="Without PARAMS; else the client's.")] = "en",
    rules: Annotated[bool, typer.Option("--rules", help="Print the whole rule table instead.")] = False,
    as_of: AsOf = None,
    no_cache: NoCache = False,
    form: Format = "table",
) -> None:
    """Which model type suits this company, and why."""
    from salesperf.cli.output import print_frame
    from salesperf.errors import DataError
    from salesperf.language import Voice
    from salesperf.present.choice.recommendation import verdict
    from salesperf.present.choice.starter import example, starter, write_starter
    from salesperf.scoring.choice import choice, profile
    from salesperf.scoring.readiness import readiness

    export = opened(params, None, no_cache=no_cache, as_of=as_of)[0] if params else None
    client = export.client if export else example(language)
    if rules:
        _print_rules(client, form)
        return
    known = profile(export, industry=industry, team_size=team_size, stage=stage, culture=culture)
    advice = choice(known, readiness(export) if export else {})
    chosen = _allowed(client, advice, model) if model else advice.recommended
    if out and chosen:
        write_starter(out, starter(client.voice, advice, chosen, client=client if export else None, folder=out.parent))
        print(out, file=sys.stderr)
    if form == "table":
        _print_words(client, known, advice, chosen)
        if export and chosen:
            _print_pilot(export, known, advice.readiness[chosen])
    else:
        print_frame(_records(advice), {}, form, client)
    if chosen is None:
        raise DataError(f"{client.path}: {verdict(Voice(), advice)}")


def _allowed(client: Client, advice: Choice, model: str) -> str:
    """The model asked for. Raises RequestError for an unknown name, DataError where the export cannot measure it."""
    from salesperf.errors import DataError, RequestError, did_you_mean
    from salesperf.language import Voice
    from salesperf.present.choice.readiness import refusal

    if model not in advice.points:
        raise RequestError(f"model: {model!r} is not a model type; {did_you_mean(model, advice.points)}")
    if model in advice.readiness and advice.readiness[model].refused:
        raise DataError(f"{client.path}: {refusal(Voice(), advice.readiness[model])}")
    return model


def _print_words(client: Client, known: Profile, advice: Choice, chosen: str | None) -> None:
    """Prints the recommendation with all that led to it: sentences and tables in the client's language."""
    from salesperf.cli.output import print_frame
    from salesperf.present.choice import recommendation as words
    from salesperf.present.choice.readiness import data_frame, needs_frame, refusal

    voice = client.voice
    if chosen:
        print(words.verdict(voice, advice))
    if chosen and advice.readiness and chosen != advice.recommended:
        print(voice("choice_may", model=words.model_name(voice, chosen)))
    frames = [words.answers_frame(voice, known, advice), words.models_frame(voice, advice)]
    frames.append(words.points_frame(voice, advice))
    frames.append(data_frame(voice, advice) if advice.readiness else needs_frame(voice, advice))
    for frame in frames:
        print_frame(frame, {}, "table", client)
    for sentence in [*(refusal(voice, model_type) for model_type in advice.refused), *words.changes(voice, advice)]:
        print(f"- {sentence}")


def _print_pilot(export: Export, known: Profile, ready: Readiness) -> None:
    """Prints the steps of a pilot of the chosen model and, where there can be one, its pairs of regions or teams."""
    from salesperf.cli.output import print_frame
    from salesperf.present.choice.pilot import pairs_frame, pilot_steps
    from salesperf.scoring.pilot import pilot

    plan = pilot(export, known.cycle_days)
    for step in pilot_steps(export.client.voice, ready, plan):
        print(f"- {step}")
    if plan:
        print_frame(pairs_frame(export.client.voice, plan), {}, "table", export.client)


def _print_rules(client: Client, form: str) -> None:
    """Prints the rule table; for programs with the columns factor, answer and, for each model, its points."""
    import pandas as pd

    from salesperf.cli.output import print_frame
    from salesperf.present.choice.recommendation import rules_frame
    from salesperf.scoring.choice import rule_table

    rules = rule_table()
    rows = [
        {"factor": rule.factor, "answer": rule.answer, **{model: rule.points.get(model, 0) for model in rules.ties}}
        for rule in rules.rules
    ]
    print_frame(rules_frame(client.voice, rules) if form == "table" else pd.DataFrame(rows), {}, form, client)


def _records(advice: Choice) -> pd.DataFrame:
    """One row per model, best first, for programs.

    Columns: model; points; measured (share of the model's weight, 0 to 1, NaN without an export); recommended and
    refused (bool); collect (the tables to collect for it) and rules (those that gave it points), joined by "; ".
    """
    import pandas as pd

    ready = advice.readiness
    rows = [
        {
            "model": name,
            "points": points,
            "measured": ready[name].measured if ready else float("nan"),
            "recommended": name == advice.recommended,
            "refused": name in [model_type.name for model_type in advice.refused],
            "collect": "; ".join(dict.fromkeys(gap.table for gap in ready[name].collect)) if ready else "",
            "rules": "; ".join(f"{rule.answer} +{rule.points[name]}" for rule in advice.fired if name in rule.points),
        }
        for name, points in advice.points.items()
    ]
    return pd.DataFrame(rows)
