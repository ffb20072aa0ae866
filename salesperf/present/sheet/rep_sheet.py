"""The upper half of a rep's sheet for the monthly talk: whose it is, what moved, strengths and gaps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.coaching import gaps, strengths
from salesperf.people.person import Person
from salesperf.people.readings import FEWEST_PEOPLE, Reading, RepReadings
from salesperf.people.standings import TOO_NEW
from salesperf.periods import Period
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.masthead import dates_of, masthead
from salesperf.present.values import (
    change_in_full,
    in_full,
    middle_half_of,
    name_of,
    now_in_full,
    standing_name,
    usual_range,
)
from salesperf.scoring.change import WEIGHTS, ScoreChange
from salesperf.scoring.model import Model
from salesperf.scoring.uncertainty import MOST_PERIODS, SETTLED

_STYLE = Path(__file__).parent / "sheet.css"
# What a talk is about, in this order; KPIs of the client's model that are not here come behind.
_USUAL = (
    "revenue", "revenue_attainment", "new_customers", "average_deal", "win_rate", "cycle_days", "gross_margin",
    "repeat_rate", "satisfaction", "activities", "activity_quality", "key_results",
)  # fmt: skip
_MOST_KPIS = 13  # on one page
_MOST_OUTSTANDING = 3  # strengths, and gaps


def sheet_masthead(voice: Voice, client: Client, who: Person) -> Exhibit:
    """The head of a sheet: rep, period, team (else region), manager, client and dates; with the style of sheets."""
    place = who.team if who.team != who.manager else ""  # some exports call a team by its manager's name
    manager = voice("sheet_manager", manager=who.manager) if who.manager else ""
    line = " · ".join(filter(None, [place or who.region, manager, client.name, dates_of(voice, client)]))
    title, style = voice("sheet_title", rep=who.rep, period=client.period), _STYLE.read_text(encoding="utf-8")
    about = {"region": who.region, "rep": who.rep_id}
    return masthead(voice, client, title, line=line, style=f"<style>{style}</style>", **about)


def talked_about(stand: RepReadings, model: Model) -> list[str]:
    """The ids of a sheet's KPIs that are available, in order: the usual ones, then the others of the model.

    Where they are too many for one page, the KPIs of the model are kept first.
    """
    scored = [weighted.kpi for _, weighted in model.kpis()]
    wanted = dict.fromkeys([*_USUAL, *scored])
    available = [name for name in wanted if name in stand.readings and not pd.isna(stand.readings[name].now)]
    spare = [name for name in available if name not in scored][max(_MOST_KPIS - len(scored), 0) :]
    return [name for name in available if name not in spare][:_MOST_KPIS]


def opening(
    voice: Voice,
    client: Client,
    who: Person,
    *,
    stand: RepReadings,
    grade: str,
    standing: str,
    change: ScoreChange,
) -> Exhibit:
    """The period in one sentence, which the cover shows, too, then the score and what changed it.

    ``grade``, ``standing``: "" without a score and while the period is not over (see `standings`); ``change``: as
    `printed_change` gives it, with the rep's id in its index.
    """
    sold, share = (stand.readings[name].now for name in ("revenue", "revenue_attainment"))
    words = {"rep": who.rep, "revenue": voice.money(sold), "period": client.period}
    if pd.isna(sold):
        sentence = voice("sheet_sold_untold", rep=who.rep, period=client.period)
    elif pd.isna(share):
        sentence = voice("sheet_sold", **words)
    else:
        sentence = voice("sheet_sold_of_target", **words, share=voice.of_target(share))
    lead = paragraph(sentence, "sp-lead")
    lead = Exhibit(lead.html, lead.plain, {"sentence": lead.plain})
    score = score_sentence(voice, client.period, change, rep=who.rep_id, grade=grade, standing=standing)
    return together(lead, paragraph(score))


def how_sure(voice: Voice, grade: str, of_rep: pd.Series) -> Exhibit:
    """How sure the grade is, which one is likelier, and how many more periods and cases would settle it.

    NOTHING without a grade. ``of_rep``: the rep's row of `evidence_to_settle`.
    """
    if pd.isna(of_rep["grade_chance"]):
        return NOTHING
    chance, likelier = voice.chance(of_rep["grade_chance"]), of_rep["likeliest"]
    if likelier == grade:
        expected = voice("sheet_grade_likeliest", chance=chance)
    else:
        words = {"likelier": likelier, "likelier_chance": voice.chance(of_rep["likeliest_chance"])}
        expected = voice("sheet_grade_unlikely", chance=chance, **words)
    return paragraph(voice.sentences([expected, _to_settle(voice, of_rep)]))


def _to_settle(voice: Voice, of_rep: pd.Series) -> str:
    """How many more periods would settle the grade, and the cases of rates that they would bring."""
    if of_rep["periods"] == 0:
        return voice("sheet_settled")
    if np.isinf(of_rep["periods"]):
        return voice("sheet_unsettled", most=MOST_PERIODS)
    cases = {str(name)[:-2]: number for name, number in of_rep.filter(regex="_n$").items() if number > 0}
    more = [f"{voice.kpi(kpi)} {voice.count(number)}" for kpi, number in cases.items()]
    brackets = voice("sheet_more_cases", cases=voice.listed(more)) if more else ""
    return voice("sheet_to_settle", n=int(of_rep["periods"]), sure=voice.share(SETTLED, 0), cases=brackets)


def score_sentence(voice: Voice, period: Period, change: ScoreChange, *, rep: str, grade: str, standing: str) -> str:
    """The score with its grade, and by how many points each KPI moved it, the largest first; the printed parts add up.

    ``change``: as `printed_change` gives it; ``rep``: an id of its index; ``grade``, ``standing``: "" while the period
    is not over.
    """
    score, parts = change.scores.loc[rep], change.parts.loc[rep]
    if pd.isna(score["now"]):
        return voice("sheet_score_none")
    if standing == TOO_NEW:
        return voice("sheet_score_too_new", score=voice.points(score["now"]), standing=standing_name(voice, standing))
    if not grade:
        return voice("sheet_score_running", score=voice.points(score["now"]), period=period)
    words = {"grade": grade, "standing": standing_name(voice, standing)}
    text = voice("sheet_score", score=voice.points(score["now"]), **words)
    if pd.isna(score["change"]):
        return text + voice("sheet_stop")
    moves = parts[parts.notna() & (parts != 0)].sort_values(key=lambda points: -points.abs(), kind="stable")
    names = [
        f"{voice('sheet_weights') if name == WEIGHTS else voice.kpi(str(name))} {voice.change('points', value)}"
        for name, value in moves.items()
    ]
    moved = voice("sheet_score_moved", change=voice.change("points", score["change"]), period=period.before())
    because = voice("sheet_score_parts", parts=voice.listed(names)) if names else ""
    return text + moved + because + voice("sheet_stop")


def moved_table(voice: Voice, client: Client, who: Person, *, stand: RepReadings, names: Sequence[str]) -> Exhibit:
    """A row per KPI: now, the period before, the change, the rep's own average, the course, the peers' middle half.

    The course says whether the value is better or worse than usual for the rep. Without peers to compare with there is
    no column for them. The remarks of `returning` follow. ``names``: ids of KPIs in ``stand.readings``.
    """
    period = client.period
    past = len(period.history()) - 1
    rows = [stand.readings[name] for name in names]
    frame = pd.DataFrame(
        {
            voice("sheet_kpi"): [voice.kpi(reading.kpi.id) for reading in rows],
            voice.period(period): [now_in_full(voice, reading) for reading in rows],
            voice.period(period.before()): [in_full(voice, reading.kpi, reading.before) for reading in rows],
            voice("sheet_change"): [change_in_full(voice, reading) for reading in rows],
            voice("sheet_average"): [in_full(voice, reading.kpi, reading.average) for reading in rows],
            voice("sheet_course"): [_course(voice, reading) for reading in rows],
        }
    )
    if stand.level != "nobody":
        frame[voice("sheet_middle_half")] = [middle_half_of(voice, reading) for reading in rows]
    caption = voice("sheet_moved_caption", periods=past)
    if stand.level != "nobody":
        caption += voice("sheet_moved_peers", group=group_name(voice, who, stand))
    wide = () if stand.level == "nobody" else (voice("sheet_middle_half"),)
    shown = table(frame, "moved", left=(voice("sheet_course"),), wide=wide, caption=caption)
    return together(shown, returning(voice, period, stand, rows=rows))


def returning(voice: Voice, period: Period, stand: RepReadings, *, rows: Sequence[Reading]) -> Exhibit:
    """How far the changes of the readings in ``rows`` may be trusted (docs/methods.md §4); NOTHING without a remark.

    It says where the period is not whole, which changes lead back from an unusual period before, so that a part of them
    was to be expected, and which values are unusual now.
    """
    back = [voice.kpi(reading.kpi.id) for reading in rows if reading.returning]
    unusual = [voice.kpi(reading.kpi.id) for reading in rows if reading.course in ("better", "worse")]
    sentences = [] if stand.whole else [voice("sheet_part_employed", period=period)]
    if back:
        sentences.append(voice("sheet_returning", kpis=voice.listed(back), period=period.before()))
    if unusual:
        sentences.append(voice("sheet_unusual", kpis=voice.listed(unusual), period=period))
    return paragraph(voice.sentences(sentences)) if sentences else NOTHING


def group_name(voice: Voice, who: Person, stand: RepReadings) -> str:
    """The group that the rep is compared with, in words: the team, else the region."""
    if stand.level == "team":
        return voice("sheet_of_team", team=who.team)
    return voice("sheet_of_region", region=who.region)


def standing_out(voice: Voice, who: Person, stand: RepReadings, *, names: Sequence[str]) -> Exhibit:
    """Up to three strengths and three gaps against the middle half of the peers, one remark each.

    A remark says so where nobody can be compared, where nothing is judged, and where nothing stands out.
    """
    if stand.level == "nobody":
        return paragraph(voice("sheet_nobody", fewest=FEWEST_PEOPLE))
    above = strengths(stand.readings, names)[:_MOST_OUTSTANDING]
    below = gaps(stand.readings, names)[:_MOST_OUTSTANDING]
    sentences = [voice("sheet_strength", **_against(voice, reading)) for reading in above]
    sentences += [voice("sheet_gap", **_against(voice, reading)) for reading in below]
    if not any(stand.readings[name].position for name in names):
        sentences.append(voice("sheet_unjudged", group=group_name(voice, who, stand)))
    elif not sentences:
        sentences.append(voice("sheet_in_line", group=group_name(voice, who, stand)))
    if stand.level == "region" and who.team:
        sentences.append(voice("sheet_team_small", fewest=FEWEST_PEOPLE, group=group_name(voice, who, stand)))
    return notes(sentences)


def _course(voice: Voice, reading: Reading) -> str:
    course = reading.course or "untold"
    if course == "usual":
        return voice("sheet_course_usual", range=usual_range(voice, reading))
    return voice(f"sheet_course_{course}")


def _against(voice: Voice, reading: Reading) -> dict[str, str]:
    return {
        "kpi": name_of(voice, reading.kpi.id),
        "value": now_in_full(voice, reading),
        "band": middle_half_of(voice, reading),
    }
