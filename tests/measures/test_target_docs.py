"""The example in docs/targets.md is accepted and says what is usual."""

import re
from pathlib import Path

import yaml

from salesperf.measures.planning.target_rules import TargetRules
from salesperf.periods import parse_period

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text("utf-8")


def test_the_example_is_a_plan(company_of):
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    rules = yaml.safe_load(block)["targets"]
    assert rules.keys() == TargetRules.model_fields.keys()
    reps = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,Two\n"
    orders = "order_id,rep_id,account_id,date,amount\na,r1,a,2025-01-01,300\nb,r2,b,2025-12-31,100\n"
    plan = company_of({"reps": reps, "orders": orders}, targets=rules).plan
    assert plan.target((), "revenue", parse_period("2026")) == 55_000_000
    assert plan.target(("East",), "revenue", parse_period("2026Q1")) == 2_500_000
