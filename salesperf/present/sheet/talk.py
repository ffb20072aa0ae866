"""The lower half of a rep's sheet: what to try, what to ask, what was agreed, and space for notes."""

from collections.abc import Sequence
from datetime import date
from html import escape

import pandas as pd

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.coaching import Advice
from salesperf.people.person import Person
from salesperf.people.readings import Reading
from salesperf.periods import Period
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.rebuilding import command_of
from salesperf.present.values import in_full, middle_half_of, name_of, now_in_full

_MOST_ACTIONS = 4  # on one page
_LINES = 5  # to write on


def what_to_try(voice: Voice, tries: Sequence[Advice], untold: Sequence[str]) -> Exhibit:
    """The pieces of advice, numbered, each with its evidence; a remark where there are fewer than two.

    ``untold``: ids of KPIs that the rules look at and that are not available; the remark names them.
    """
    items, lines = [], []
    for advice in tries:
        numbers = voice("sheet_number_separator").join(_evidence(voice, reading) for reading in advice.evidence)
        text, evidence = voice(f"try_{advice.rule}"), voice("sheet_evidence", numbers=numbers)
        items.append(f'<li>{escape(text)} <span class="sp-evidence">{escape(evidence)}</span></li>')
        lines.append(f"{text} {evidence}")
    listed = Exhibit(f'<ol class="sp-try">{"".join(items)}</ol>', "\n".join(lines)) if tries else NOTHING
    few = [] if len(tries) > 1 else [voice("sheet_try_few" if tries else "sheet_try_none")]
    if few and untold:
        few.append(voice("sheet_untold", kpis=voice.listed([name_of(voice, name) for name in untold])))
    return together(listed, paragraph(voice.sentences(few)) if few else NOTHING)


def questions(voice: Voice, tries: Sequence[Advice], agreed: pd.DataFrame) -> Exhibit:
    """What to ask: an opening, a question for each advice, one for agreed actions that are open, and a last one.

    ``agreed``: as `agreed_actions` gives it.
    """
    asked = [voice(f"ask_{advice.rule}") for advice in tries]
    about_agreed = [voice("sheet_ask_agreed")] if len(agreed) and not agreed["done"].all() else []
    return notes([voice("sheet_ask_first"), *asked, *about_agreed, voice("sheet_ask_last")])


def agreed_table(voice: Voice, agreed: pd.DataFrame, period: Period) -> Exhibit:
    """The agreed actions with their state at the end of the period; of more than four the others are counted.

    ``agreed``: as `agreed_actions` gives it, with date, action, due (None without) and done.
    """
    if agreed.empty:
        return paragraph(voice("sheet_actions_none"))
    rows = agreed.head(_MOST_ACTIONS)
    frame = pd.DataFrame(
        {
            voice("sheet_action"): rows["action"].tolist(),
            voice("sheet_agreed"): [str(day) for day in rows["date"]],
            voice("sheet_due"): [str(due or voice.missing) for due in rows["due"]],
            voice("sheet_state"): [
                voice(f"sheet_state_{_state(done, due, period)}")
                for done, due in zip(rows["done"], rows["due"], strict=True)
            ],
        }
    )
    more = len(agreed) - len(rows)
    return table(frame, "agreed", left=(voice("sheet_state"),), caption=voice("sheet_more", n=more) if more else "")


def room_for_notes(voice: Voice) -> Exhibit:
    """Blank lines to write on; nothing in the plain text."""
    lines = "<div></div>" * _LINES
    return Exhibit(f'<div class="sp-lines" role="img" aria-label="{escape(voice("sheet_notes"))}">{lines}</div>', "")


def foot(voice: Voice, client: Client, who: Person) -> Exhibit:
    """The remark that decisions stay with people, and the command that makes this sheet again."""
    text = voice.sentences([voice("decisions"), voice("sheet_rebuild")])
    command = command_of(client, "run", "--sheets", "--only", who.region, "--period", client.period.label)
    return Exhibit(f'<p class="sp-foot">{escape(text)} <code>{escape(command)}</code></p>', f"{text} {command}")


def _state(done: bool, due: date | None, period: Period) -> str:
    if done:
        return "done"
    return "overdue" if due and due <= period.end else "open"


def _evidence(voice: Voice, reading: Reading) -> str:
    """A reading in words and, in brackets, what it is compared with: the peers' middle half, the rep's own average."""
    comparisons = []
    if reading.position and not pd.isna(reading.lower):
        comparisons.append(voice("sheet_band", band=middle_half_of(voice, reading)))
    if reading.periods:
        comparisons.append(voice("sheet_own_average", average=in_full(voice, reading.kpi, reading.average)))
    text = f"{name_of(voice, reading.kpi.id)} {now_in_full(voice, reading)}"
    return voice.in_brackets(text, voice("sheet_and").join(comparisons)) if comparisons else text
