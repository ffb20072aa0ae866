"""The rules of targets in the client file: bad ones give one line with file and line."""

import pytest

from salesperf.errors import DataError, RequestError
from salesperf.measures.planning.target_rules import target_rules

REPS = "rep_id,rep,region,team\nr1,Ann Lee,East,One\nr2,Bo,East,One\nr3,Cy,West,Two\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-01-10,300\n"
COMPANY = {"level": "company", "period": 2026, "target": 1200}


def refused(company_of, **rules) -> str:
    """The message with which rules are refused, after file and line."""
    company = company_of({"reps": REPS, "orders": ORDERS}, targets={"given": [COMPANY]} | rules)
    with pytest.raises(RequestError) as caught:
        _ = company.plan
    assert caught.value.exit_code == 2
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(f"{company.client.path}:")
    line, _, said = message.removeprefix(f"{company.client.path}:").partition(": ")
    assert int(line) > 1
    return said


def test_without_a_section_the_defaults_stand(client_of):
    rules = target_rules(client_of({"reps": REPS, "orders": ORDERS}))
    assert (rules.key("region"), rules.key("team"), rules.key("rep")) == ("history", "history", "blend")
    assert (rules.blend.history, rules.blend.equal, rules.over_assignment, rules.seasonality) == (
        0.5,
        0.5,
        1,
        "history",
    )


def test_one_word_is_the_key_of_every_level(client_of):
    rules = target_rules(client_of({"reps": REPS, "orders": ORDERS}, targets={"split": "equal"}))
    assert {rules.key(level) for level in ("region", "team", "rep")} == {"equal"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"seasonality": [0.1] * 12}, "seasonality: expected 12 shares of 0 or more that sum to 1, got 1.2 in all"),
        ({"seasonality": [0.5, 0.5]}, "seasonality: expected equal, history or 12 monthly shares, got 2 of them"),
        ({"seasonality": [2, -1, *[0] * 10]}, "seasonality: expected 12 shares of 0 or more that sum to 1"),
        ({"split": "potential", "potential": {"East": -1}}, "East: expected greater than or equal to 0, got -1"),
        ({"split": {"region": "size"}}, "region: expected 'equal', 'history', 'potential' or 'blend', got 'size'"),
        ({"blend": {"equal": 0.5, "history": 0.6}}, "blend: expected shares that sum to 1, got 1.1"),
        ({"over_assignment": 2}, "over_assignment: expected less than or equal to 1.5, got 2"),
        ({"over_assignment": 0.5}, "over_assignment: expected greater than or equal to 1, got 0.5"),
        ({"ramp": [0.5, 2]}, "ramp: expected less than or equal to 1, got 2"),
        ({"units": {"revenue": 0}}, "revenue: expected greater than 0, got 0"),
        ({"units": {"revenues": 1}}, "'revenues' is not a setting; did you mean 'revenue'?"),
        ({"diferences": "keep"}, "'diferences' is not a setting; did you mean 'differences'?"),
        ({"given": [COMPANY | {"target": -5}]}, "target: expected greater than or equal to 0, got -5"),
        ({"given": [COMPANY | {"level": "country"}]}, "level: expected 'company', 'region', 'team' or 'rep'"),
        ({"given": [COMPANY | {"kpi": "margin"}]}, "kpi: expected 'revenue' or 'new_customers', got 'margin'"),
        ({"given": [COMPANY | {"period": "2026Q5"}]}, "period: expected a form such as 2025Q4"),
        ({"given": [COMPANY, dict(COMPANY)]}, "expected every target once, got another of the company, 2026 revenue"),
        ({"given": [COMPANY | {"level": "rep", "name": "An Lee"}]}, "name: expected a rep, got 'An Lee'; did you mean"),
        ({"given": [COMPANY | {"level": "team", "name": "Onne"}]}, "name: expected a team, got 'Onne'; did you"),
        ({"overrides": [{"level": "region", "name": "Est", "period": 2026, "target": 5}]}, "name: expected a region"),
        ({"overrides": [COMPANY | {"name": "x"}]}, "level: expected 'region', 'team' or 'rep', got 'company'"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_one_line_that_says_what_was_expected(company_of, rules, said):
    assert said in refused(company_of, **rules)


def test_weights_of_potential_are_needed_for_everyone_and_cannot_all_be_zero(company_of):
    split = {"split": {"region": "potential", "team": "equal", "rep": "equal"}}
    assert refused(company_of, **split, potential={"East": 3}) == (
        "potential: expected a weight for every region, got none for 'West'; add it"
    )
    assert refused(company_of, **split, potential={"East": 0, "West": 0}) == (
        "potential: expected weights that are not all 0, got only 0 in the company"
    )
    said = refused(company_of, **split, potential={"East": 3, "West": 1, "Wets": 2})
    assert said == "'Wets' is no region, team or rep; did you mean 'West'?"


def test_an_override_beyond_what_the_siblings_have_names_its_limit(company_of):
    # The regions share 1200; West cannot have more than all of it.
    override = {"level": "region", "name": "West", "period": 2026, "target": 1201}
    assert refused(company_of, split="equal", overrides=[override]) == (
        "target: expected at most 1200, which is what it and its siblings have, got 1201 (West, 2026 revenue)"
    )


def test_an_override_of_an_only_part_cannot_move_anything(company_of):
    override = {"level": "rep", "name": "Cy", "period": 2026, "target": 10}
    assert refused(company_of, split="equal", overrides=[override]) == (
        "target: expected at least 600, as no sibling is there to take the rest, got 10 (Cy, 2026 revenue)"
    )


def test_an_override_where_the_whole_has_no_target_is_refused(company_of):
    override = {"level": "rep", "name": "Bo", "period": 2027, "target": 10}
    assert refused(company_of, overrides=[override]).startswith(
        "target: expected a period in which the whole has a target; write this one under 'given', got 10"
    )


def test_two_overrides_of_the_same_months_are_refused(company_of):
    overrides = [{"level": "rep", "name": "Bo", "period": one, "target": 10} for one in (2026, "2026Q1")]
    assert refused(company_of, overrides=overrides).startswith("expected one override a period, got another of Bo")


def test_amounts_that_cannot_be_added_up_are_refused(company_of):
    targets = "level,name,period,kpi,target\ncompany,,2026,revenue,99999999999999\nregion,East,2026,revenue,0.0001\n"
    company = company_of({"reps": REPS, "orders": ORDERS, "targets": targets})
    with pytest.raises(DataError, match="expected amounts that can be added up, got 99,999,999,999,999"):
        _ = company.plan
