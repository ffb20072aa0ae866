"""What of the period is beyond chance, in sentences under the headline."""

from math import isnan

from salesperf.language import Voice
from salesperf.measures.findings import FEWEST_PERIODS, Finding, Findings
from salesperf.present.exhibit import Exhibit, notes, paragraph, together
from salesperf.present.values import in_full

# The section of the report that tells more of a KPI.
_SECTIONS = {
    "revenue": "moved",
    "new_customers": "moved",
    "win_rate": "deals",
    "average_deal": "deals",
}


def beyond_chance(voice: Voice, findings: Findings | None) -> Exhibit:
    """At most three findings, each with its number, what it is worth and where to read on; or that there is none.

    ``findings``: None where the period, or the export of it, is not whole.
    """
    if findings is None:
        return paragraph(voice("findings_running"))
    if not findings.looked_at:
        return paragraph(voice("findings_few", fewest=FEWEST_PERIODS))
    if not findings.found:
        return paragraph(voice("findings_none", looked_at=findings.looked_at))
    lead = paragraph(voice("findings_some", looked_at=findings.looked_at))
    return together(lead, notes([_sentence(voice, finding) for finding in findings.found]))


def _sentence(voice: Voice, finding: Finding) -> str:
    kpi = finding.kpi
    now = voice.with_n(in_full(voice, kpi, finding.now), finding.n)
    words = {"kpi": voice.kpi(kpi.id), "now": now, "average": in_full(voice, kpi, finding.average)}
    direction = "better" if finding.better else "worse"
    sentences = [voice(f"finding_{direction}", **words, periods=finding.periods)]
    if not isnan(finding.worth):
        worth = "worth_margin" if kpi.id == "gross_margin" else "worth"
        sentences.append(voice(f"finding_{worth}", size=voice.change("money", finding.worth)))
    section = _SECTIONS.get(kpi.id, "scores")
    return voice.sentences([*sentences, voice(f"finding_read_{section}")])
