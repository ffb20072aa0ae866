"""The choice in print, in both languages: nothing hidden, nothing run, and a starter file that works as it is."""

from pathlib import Path

import pytest
import yaml

from salesperf import open_company
from salesperf.errors import RequestError
from salesperf.language import Voice
from salesperf.params import preset_names, read_client
from salesperf.present.choice import recommendation as shown
from salesperf.present.choice.pilot import pilot_plan, pilot_steps
from salesperf.present.choice.readiness import collection, data_frame, data_table, needs_frame, refusal, refusals
from salesperf.present.choice.starter import example, starter, starter_file, write_starter
from salesperf.scoring.choice import ANSWERS, Profile, choice, rule_table
from salesperf.scoring.model import MODELS
from salesperf.scoring.pilot import Pair, Pilot, Unit, pilot
from salesperf.scoring.readiness import Gap, judged, preset, readiness
from salesperf.scoring.reweighting import shares_of_score

ROOT = Path(__file__).parents[3]
VOICES = [Voice("en"), Voice("zh")]
GROCER = Profile("consumer_goods", 5, "growth", "results", 20.0)
BOTH = pytest.mark.parametrize("voice", VOICES, ids=["en", "zh"])
HOSTILE = "A: b\n# c\n- <script>\"'{x}"
REPS = [{"rep_id": one, "rep": one, "region": "East"} for one in "ab"]
ORDERS = [{"order_id": 1, "rep_id": "a", "account_id": "x", "date": "2025-10-01", "amount": 9, "cost": 3}]
TARGETS = [{"level": "rep", "name": one, "period": "2025Q4", "kpi": "revenue", "target": 8} for one in "ab"]


def ready(**missing):
    """The readiness of every model, where these KPIs have gaps."""
    models = {name: preset(name) for name in preset_names(MODELS)}
    gaps = {name: missing.get(name, ()) for model in models.values() for name in shares_of_score(model)}
    return {name: judged(name, model, gaps) for name, model in models.items()}


NO_SURVEYS = {"satisfaction": (Gap("missing", "surveys", ("date", "score")),)}
NO_TARGETS = {
    name: (Gap("missing", "targets", ("level", "name")),) for name in ("revenue_attainment", "new_customers_attainment")
}


def test_the_verdict_names_the_model_its_points_and_the_next_one():
    found = choice(Profile(industry="consumer_goods", culture="balanced"))
    # Core three 3 + 1, balanced scorecard 3, goal-oriented 1.
    assert shown.verdict(VOICES[0], found) == "Core three suits best (points: 4); next is Balanced scorecard (3)."
    assert "in a tie" in shown.verdict(VOICES[0], choice(GROCER))
    assert "Nothing was told" in shown.verdict(VOICES[0], choice(Profile()))


def test_a_verdict_without_any_usable_model_says_what_to_collect_first():
    found = choice(GROCER, ready(**{name: (Gap("missing", "targets"),) for name in weights_of_all()}))
    assert shown.verdict(VOICES[0], found) == (
        "No model can be measured with this export. Core three comes first by the rules; collect for it: targets."
    )
    assert shown.reasons(VOICES[0], found) == []
    assert pilot_steps(VOICES[0], None, None) == ["A pilot is planned once a model can be measured."]
    assert "There is none yet" in starter_file(VOICES[0], found, example("en")).plain


def test_a_model_without_points_is_not_said_to_suit():
    activities = dict.fromkeys(["activities_weekly", "activity_quality"], (Gap("missing", "activities", ("date",)),))
    found = choice(Profile(industry="pharma"), ready(**activities))  # behaviour-driven has the only points
    assert found.recommended == "core_three"
    assert shown.verdict(VOICES[0], found).startswith("What was told speaks for models that cannot be measured yet.")


def weights_of_all():
    return {kpi for name in preset_names(MODELS) for kpi in shares_of_score(preset(name))}


@BOTH
def test_points_in_print_add_up_to_the_sums_below_them(voice):
    frame = shown.points_frame(voice, choice(GROCER))
    for column in list(frame.columns)[2:]:
        *parts, total = frame[column]
        assert sum(int(part) for part in parts if part != "–") == int(total)


@BOTH
def test_weights_in_print_add_up_to_what_can_be_measured(voice):
    frame = data_frame(voice, choice(GROCER, ready(**NO_SURVEYS)))
    available = frame[frame[voice("choice_in_export")] == voice("choice_available")]
    for column in list(frame.columns)[2:]:
        parts = [float(part.rstrip("%")) for part in available[column] if part != "–"]
        assert sum(parts) == pytest.approx(float(frame[column].iloc[-1].rstrip("%")))


def test_a_refusal_says_how_much_is_measured_what_is_needed_and_what_to_collect():
    one = ready(**NO_SURVEYS, **NO_TARGETS)["core_three"]
    assert refusal(VOICES[0], one) == (
        "Core three cannot be used yet: 0% of its weight can be measured, and 60% is needed. "
        "Collect at least: table targets (level, name)."
    )


def test_a_refusal_for_a_perspective_shown_apart_does_not_blame_the_weight():
    one = ready(key_results=(Gap("missing", "key_results", ("rep_id",)),))["kpi_okr"]
    assert "70% of its weight can be measured, but nothing of a perspective" in refusal(VOICES[0], one)


@BOTH
@pytest.mark.parametrize("kind", ["missing", "outside", "history", "few"])
def test_every_kind_of_gap_reads_in_both_languages(voice, kind):
    gaps = {"satisfaction": (Gap(kind, "surveys", ("date",), "2025-10-01"),)}
    page = collection(voice, ready(**gaps).values()).plain
    assert voice("choice_table_surveys") in page
    assert ("date" if kind == "missing" else "2025-10-01") in page or kind == "outside"


@BOTH
def test_every_table_that_a_model_needs_says_how_it_is_collected(voice):
    frame = needs_frame(voice, choice(Profile()))
    assert len(frame) == len({*frame[voice("choice_columns")]}) == 7
    assert all(frame[voice("choice_how")])


@BOTH
def test_every_rule_and_every_answer_has_its_words(voice):
    assert len(shown.rules_frame(voice, rule_table())) == len(rule_table().rules)
    names = [shown.answer_name(voice, one) for options in ANSWERS.values() for one in options]
    assert len(set(names)) == len(names)
    assert not [one for one in names if "{" in one]


@BOTH
def test_what_would_change_the_answer_names_the_model_and_the_answers(voice):
    found = choice(Profile(industry="pharma", culture="coaching"))
    page = shown.what_would_change(voice, found).plain
    for one in found.changes:
        assert shown.model_name(voice, one.model) in page
        assert shown.answer_name(voice, one.answer) in page


def test_a_refused_model_with_more_points_is_named_among_the_changes():
    found = choice(GROCER, ready(**NO_SURVEYS, **NO_TARGETS))
    assert found.recommended == "behaviour_driven"
    assert "Core three has more points or goes first in a tie" in " ".join(shown.changes(VOICES[0], found))


PLAN = Pilot(
    "region",
    (Unit("<b>N", 3, 90.0), Unit("S", 4, 120.0)),
    (Pair(Unit("<b>N", 3, 90.0), Unit("S", 4, 120.0), 0.29),),
    (),
    (),
    0.5,
    ("satisfaction",),
)


@BOTH
def test_a_plan_that_can_prove_nothing_says_so(voice, client_of):
    client = client_of({"reps": REPS, "orders": ORDERS})
    period = client.period
    plan = Pilot(**{**vars(PLAN), "base": (period,), "during": (period.before(-1), period.before(-2))})
    steps = " ".join(pilot_steps(voice, ready()["core_three"], plan))
    for words in ("1/2 = 50.0%", "2026Q1 – 2026Q2", voice("pilot_cannot_prove", level="5%"), voice.kpi("satisfaction")):
        assert words in steps
    page = pilot_plan(voice, ready()["core_three"], plan).html
    assert "&lt;b&gt;N" in page
    assert "<b>N" not in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_whole_page_of_a_hostile_clients_name_holds_it_as_text(company_of, language):
    tables = {"reps": REPS, "orders": ORDERS, "targets": TARGETS}
    company = company_of(tables, language=language, client=HOSTILE)
    client, voice = company.client, company.voice
    found = choice(Profile(), readiness(company))
    page = "\n".join(
        one.html
        for one in (
            shown.choice_masthead(voice, client),
            shown.recommendation(voice, found),
            shown.answers_used(voice, Profile(), found),
            shown.points_table(voice, found),
            data_table(voice, found),
            refusals(voice, found),
            pilot_plan(voice, found.readiness.get(str(found.recommended)), pilot(company, None)),
            starter_file(voice, found, client),
            shown.whole_rule_table(voice, rule_table()),
        )
    )
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@BOTH
@pytest.mark.parametrize("model", sorted(preset_names(MODELS)))
def test_a_starter_file_in_another_folder_is_the_same_client_with_the_chosen_model(demo_client, tmp_path, model, voice):
    path = tmp_path / "pilot.yml"
    write_starter(path, starter(voice, choice(GROCER), model, client=demo_client, folder=tmp_path))
    company = open_company(path)
    other = company.client
    assert (other.name, other.period, other.settings.model) == (demo_client.name, demo_client.period, model)
    (file,) = other.settings.source.files("splits")
    assert (other.folder / file).resolve() == (demo_client.folder / "demo" / "splits.csv").resolve()
    assert company.model == preset(model)


def test_a_starter_file_beside_the_clients_own_leaves_paths_as_they_are(demo_client):
    content = yaml.safe_load(starter(VOICES[0], choice(GROCER), "core_three", client=demo_client))
    assert content["source"] == demo_client.document.content["source"]


@pytest.mark.parametrize("name", [HOSTILE, "No", "2025", "'", "=1+1", "# x", "a\x07b"])
def test_a_hostile_name_is_still_the_name_in_the_starter_file(client_of, tmp_path, name):
    client = client_of({"reps": REPS, "orders": ORDERS}, client=name)
    write_starter(tmp_path / "s.yml", starter(VOICES[0], choice(GROCER), "core_three", client=client, folder=tmp_path))
    assert read_client(tmp_path / "s.yml").name == client.name


def test_lists_of_files_patterns_and_paths_from_the_root_still_lead_to_them(client_of, tmp_path):
    later = [ORDERS[0] | {"order_id": 2}]
    tables = {"reps": REPS, "2024/orders.csv": ORDERS, "2025/orders.csv": later}
    client = client_of(tables, source={"orders": ["2024/*.csv", "2025/orders.csv"]})
    root = {**client.document.content, "source": {"reps": str(client.folder / "reps.csv"), "orders": "20*/*.csv"}}
    (client.folder / "root.yml").write_text(yaml.safe_dump(root), "utf-8")
    for one in (client, read_client(client.folder / "root.yml")):
        path = tmp_path / f"{one.path.stem}.yml"
        write_starter(path, starter(VOICES[0], choice(GROCER), "core_three", client=one, folder=tmp_path))
        files = [(each.sha256, each.rows) for each in open_company(path).tables.inputs]
        assert files == [(each.sha256, each.rows) for each in open_company(one.path).tables.inputs]
        assert len(files) == 3


def test_what_else_the_client_file_names_by_path_is_found_from_the_new_folder_too(client_of, tmp_path):
    reports = {"folder": "out", "notebook": "own.ipynb"}
    client = client_of({"reps": REPS, "orders": ORDERS}, reports=reports, incentives="plan.yml", currency="$")
    content = yaml.safe_load(starter(VOICES[0], choice(GROCER), "core_three", client=client, folder=tmp_path))
    assert (tmp_path / content["reports"]["folder"]).resolve() == client.folder.resolve() / "out"
    assert (tmp_path / content["reports"]["notebook"]).resolve() == client.folder.resolve() / "own.ipynb"
    assert (tmp_path / content["incentives"]).resolve() == client.folder.resolve() / "plan.yml"
    assert content["currency"] == "$"


def test_a_starter_file_says_what_the_export_lacks_and_why_the_model_was_chosen(demo_client):
    text = starter(VOICES[0], choice(GROCER, ready(**NO_SURVEYS)), "core_three", client=demo_client)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "# Not in the export yet, their weight moves to the others: Satisfaction." in comments
    assert any(shown.reason_of(VOICES[0], rule_table().rules[0]) in line for line in comments)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_client_the_starter_names_the_files_that_the_model_needs(tmp_path, language):
    text = starter(Voice(language), choice(GROCER), "kpi_okr", client=None)
    (tmp_path / "s.yml").write_text(text, "utf-8")
    content = read_client(tmp_path / "s.yml").document.content
    assert list(content["source"]) == ["reps", "orders", "key_results", "targets"]


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_text("mine", "utf-8")
    with pytest.raises(RequestError, match=r"mine\.yml: expected a new file, got one that exists"):
        write_starter(path, "other")
    assert path.read_text("utf-8") == "mine"
    with pytest.raises(RequestError, match=r"none/x\.yml: expected a place to write a file"):
        write_starter(tmp_path / "none" / "x.yml", "other")


def test_the_rule_table_in_the_docs_is_the_one_that_is_used():
    page = (ROOT / "docs" / "choosing_a_model.md").read_text("utf-8")
    rows = page.partition("<!-- rules -->")[2].partition("<!-- /rules -->")[0].strip().splitlines()[2:]
    rules = rule_table()
    assert rows == [
        f"| {rule.factor} | `{rule.answer}` | {shown.reason_of(VOICES[0], rule)} | "
        + " | ".join(f"+{rule.points[one]}" if one in rule.points else "–" for one in rules.ties)
        + " |"
        for rule in rules.rules
    ]
