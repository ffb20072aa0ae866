"""The notebook of targets, executed: Chinese throughout, for a period with results and for a year to come."""

import pytest

GIVEN = "targets: {given: [{level: company, period: 2026, target: 60000000}], over_assignment: 1.1}\n"


@pytest.fixture(scope="module")
def planning(workbench_of, chinese_two_regions_client, tmp_path_factory):
    """A workbench with a target for next year."""
    return workbench_of(tmp_path_factory.mktemp("planning"), chinese_two_regions_client, GIVEN)


def test_its_page_is_chinese_throughout(planning, executed, cover_of, page_of):
    made = executed("targets", planning, period="2025Q4")
    shown, page = cover_of(made), page_of(made)
    assert (shown["client"], shown["period"], shown["language"]) == ("Demo Instruments", "2025Q4", "zh")
    for word in ("目标分解树", "各级进度", "如何重新生成本页", "华东"):
        assert word in page
    for word in ("read_plan", "Attainment", "Whose", "not available"):
        assert word not in page


def test_a_year_to_come_is_planned_from_its_total_alone(planning, executed, page_of):
    page = page_of(executed("targets", planning, period="2026"))
    assert "60,000,000" in page
    assert "公司目标的 110.0%" in page
    assert "按 2024、2025 实绩的份额" in page
