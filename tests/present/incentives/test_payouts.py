"""The exhibits of incentives: what a region's page shows, what the company's page shows, and what neither may."""

import re
from dataclasses import replace
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest

from salesperf.company import Company
from salesperf.language import Voice
from salesperf.people.incentives.payouts import Payouts
from salesperf.people.incentives.period_incentives import Incentives, compared, incentives
from salesperf.present.exhibit import Exhibit
from salesperf.present.incentives import awards, payout_figures, payouts, plans
from salesperf.present.money import cents, exact_share, full_units


def cells(shown: Exhibit) -> list[list[str]]:
    """The rows of a table, heading first."""
    rows = re.findall(r"<tr.*?</tr>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    return [[unescape(one).strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def amount(text: str) -> D:
    return D(text.replace(",", "").replace("−", "-"))


@pytest.fixture(scope="module")
def usual(demo: Any) -> Incentives:
    return incentives(demo, "usual")


def test_printed_rows_and_columns_add_up_to_the_cent(demo: Any, usual: Incentives) -> None:
    head, *rows = cells(payouts.payout_table(demo.voice, usual, "East"))
    parts = [place for place, name in enumerate(head) if name in ("Payout curve", "Bonus", "Clawback", "Award")]
    assert len(rows) > 10 and len(parts) >= 3
    for row in rows:
        assert sum(amount(row[place]) for place in parts) == amount(row[-1])
    for place in (*parts, len(head) - 1):
        assert sum(amount(row[place]) for row in rows[:-1]) == amount(rows[-1][place])


def test_a_region_reads_what_its_payouts_cost(demo: Any, usual: Incentives) -> None:
    said = payouts.payout_sentence(demo.voice, demo.client, usual, region="East").plain
    assert re.fullmatch(r"Payouts for 2025Q4: [\d,]+\.\d\d, \d\.\d% of the revenue of [\d,]+ of \d+ reps\.", said)


def test_a_regions_exhibits_name_nobody_of_another(demo: Any, usual: Incentives) -> None:
    assert usual.plan is not None and isinstance(usual.paid, Payouts)
    star = {"name": "Star", "prize": 1, "kpi": "revenue", "within": "company"}
    plan = usual.plan.model_copy(update={"awards": [type(usual.plan.awards[0]).model_validate(star)]})
    elsewhere = [one for one in usual.paid.awards if one.area == ("West",)]
    found = replace(
        usual, plan=plan, paid=replace(usual.paid, awards=(*usual.paid.awards, replace(elsewhere[0], area=())))
    )
    shown = [
        payouts.payout_sentence(demo.voice, demo.client, found, region="East"),
        payouts.payout_table(demo.voice, found, "East"),
        awards.award_table(demo.voice, demo.client, found, region="East"),
    ]
    text = unescape("".join(one.html + one.plain for one in shown))
    assert "won in another region" in text
    staff = demo.tables.staff()
    there = set(usual.paid.people.index)
    assert all(one["rep"] in text for one in staff if one["region"] == "East" and one["rep_id"] in there)
    assert not [one["rep"] for one in staff if one["region"] != "East" and one["rep"] in text]


def test_the_companys_page_sums_its_regions(demo: Any, usual: Incentives) -> None:
    head, *rows = cells(payouts.regional_payouts(demo.voice, usual))
    place = head.index("Payout")
    assert len(rows) == len(demo.tables.regions()) + 1
    assert sum(amount(row[place]) for row in rows[:-1]) == amount(rows[-1][place])
    assert len(cells(payouts.highest_payouts(demo.voice, usual))) == payouts.MOST_PAID + 1


def test_a_trace_is_printed_line_by_line_and_adds_up(demo: Any, usual: Incentives) -> None:
    assert isinstance(usual.paid, Payouts)
    rep = next(rep for rep, one in usual.paid.people["clawback"].items() if one)
    head, *rows = cells(payouts.trace_table(demo.voice, demo, usual, str(rep)))
    assert head[0] == "What" and any(row[0].startswith("Clawback for ") for row in rows)
    assert sum(amount(row[-1]) for row in rows[:-1]) == amount(rows[-1][-1])
    assert payouts.trace_table(demo.voice, demo, usual, "nobody").plain == "nobody has no settlement in 2025Q4."


def test_without_a_plan_payouts_are_said_to_be_not_available(company_of: Any) -> None:
    reps, orders = "rep_id,rep,region\nr1,Ann,East\n", "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-10,1\n"
    company = company_of({"reps": reps, "orders": orders})
    found, voice, client = incentives(company), company.voice, company.client
    said = "The client file names no incentive plan, so payouts are not available."
    assert payouts.payout_sentence(voice, client, found, region="East").plain == said
    assert plans.plan_table(voice, found.plan).plain == said
    nothing = [
        payouts.payout_table(voice, found, "East"),
        awards.award_table(voice, client, found, region="East"),
        awards.suggestion_table(voice, client, found, known={}),
        payout_figures.payout_curves(voice, found.paid),
        plans.what_if_sentence(voice, compared(company, found.plan, "usual")),
    ]
    assert {one.html for one in nothing} == {""}


def test_names_are_escaped_and_who_cannot_be_paid_is_named(company_of: Any) -> None:
    reps = "rep_id,rep,region\nr1,<b>Ann</b>,East\nr2,Bo,East\n"
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,<i>,2025-10-10,9\nx9,r2,a,2025-10-11,-5\n"
    targets = "level,name,period,kpi,target\nrep,r2,2025Q4,revenue,10\n"
    plan = {"commission": {"tiers": [{"from": 0, "rate": 0.1}]}}
    company = company_of({"reps": reps, "orders": orders, "targets": targets}, incentives=plan)
    found, voice = incentives(company), company.voice
    shown = payouts.payout_table(voice, found, "East")
    assert "<b>Ann" not in shown.html and "&lt;b&gt;Ann" in shown.html
    assert "Not available without a target: <b>Ann</b>." in shown.plain
    assert "is below 0 and is owed: Bo −0.50." in shown.plain
    assert "<i>" not in payouts.trace_table(voice, company, found, "r1").html
    whole = payouts.regional_payouts(voice, found).plain
    assert "1 refund belongs to no sale that can be found, so it counts in its own period: x9." in whole


def test_the_cliffs_of_a_retroactive_commission_are_drawn_and_warned_of(demo: Any) -> None:
    found = incentives(demo, "commission_retroactive").paid
    shown = payout_figures.payout_curves(demo.voice, found)
    assert "A cliff at 100%: one more unit sold adds 1.5% of the target at once." in shown.plain
    assert "Cliffs invite deals held back" in shown.plain
    assert shown.html == payout_figures.payout_curves(demo.voice, found).html  # the same bytes again
    marginal = incentives(demo, "commission_marginal").paid
    assert "The plan has no cliff" in payout_figures.payout_curves(demo.voice, marginal).plain


@pytest.mark.parametrize("voice", [Voice("en", "$"), Voice("zh", "¥")], ids=["en", "zh"])
def test_another_plan_is_told_in_both_languages(demo: Any, usual: Incentives, voice: Voice) -> None:
    found = compared(demo, usual.plan, "commission_marginal", 2)
    assert found is not None
    rows = cells(plans.cost_table(voice, found))
    assert [row[0] for row in rows[1:-1]] == ["2025Q3", "2025Q4"]
    text = plans.what_if_sentence(voice, found).plain + payout_figures.gain_and_loss(voice, found).plain
    assert found.gainers + found.losers > 50 and voice.currency in text


def test_every_part_of_a_plan_is_put_into_words(demo: Any) -> None:
    text = {
        "target_incentive": 100,
        "bonus": {"amount": 5},
        "commission": {"of": "margin", "by": "amount", "tiers": [{"from": 0, "rate": 0.015}]},
        "cap": {"times": 2.5},
        "draw": {"amount": 10},
        "people": [{"rep": "R001", "base": 1}],
    }
    client = replace(demo.client, settings=demo.client.settings.model_copy(update={"incentives": text}))
    content = {**demo.client.document.content, "incentives": text}
    client = replace(client, document=replace(client.document, content=content))
    rows = dict(cells(plans.plan_table(demo.voice, incentives(Company(client, demo.tables)).plan))[1:])
    assert rows["Bonus by grade"] == "5 × the grade's coefficient"
    assert rows["Commission"] == "of the margin, each rate on its own slice: 1.5% from 0"
    assert rows["Cap"] == "2.5 × the target incentive"
    assert rows["Draw"] == "at least 10, recovered from later earnings"
    assert rows["Agreements of their own"] == "R001"


def test_amounts_are_printed_out_of_decimals() -> None:
    voice = Voice("en", "$")
    assert (cents(voice, D("-0.005")), cents(voice, D("0.004")), cents(voice, None)) == ("−$0.01", "$0.00", "n/a")
    assert (full_units(voice, D("-0.4")), exact_share(voice, D("0.125"), None)) == ("$0", "12.5%")


@pytest.mark.parametrize(
    ("sold", "said"),
    [
        ("74.976", "Just below a limit of pay: Ann lacks 0.02 to 75%."),
        ("99.96", "Just below a limit of pay: Ann lacks 0.04 to 100%."),
        ("149.99", "Just below a limit of pay: Ann lacks 0.01 to 150%."),
        ("75", ""),
        ("74.9", ""),
        ("100.01", ""),
    ],
)
def test_who_is_just_below_a_limit_of_pay_is_named_with_what_is_missing(company_of: Any, sold: str, said: str) -> None:
    reps, orders = (
        "rep_id,rep,region\nr1,Ann,East\n",
        f"order_id,rep_id,account_id,date,amount\no1,r1,a,2025-09-01,1\no2,r1,a,2025-12-31,{sold}\n",
    )
    targets = "level,name,period,kpi,target\nrep,r1,2025Q4,revenue,100\n"
    plan = {"every": "quarter", "target_incentive": 1000, "curve": {}}
    company = company_of({"reps": reps, "orders": orders, "targets": targets}, incentives=plan)
    found = incentives(company)
    assert isinstance(found.paid, Payouts)
    notes = payouts.people_notes(company.voice, found.paid.plan, found.paid.people)
    assert [note for note in notes if "limit of pay" in note] == ([said] if said else [])


def test_a_trace_says_how_the_curve_comes_about(company_of: Any) -> None:
    reps = "rep_id,rep,region\nr1,Ann,East\n"
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-09-01,1\no2,r1,a,2025-12-31,75\n"
    targets = "level,name,period,kpi,target\nrep,r1,2025Q4,revenue,100\n"
    plan = {"every": "quarter", "target_incentive": 1000, "curve": {"share": 0.6}}
    company = company_of({"reps": reps, "orders": orders, "targets": targets}, incentives=plan)
    shown = payouts.trace_table(company.voice, company, incentives(company), "r1").plain
    assert (
        "2025Q4, payout curve: target 100 → paid on 75 → attainment 75.0% → step of the curve 50.0% of 600.00 → 300.00."
    ) in shown
