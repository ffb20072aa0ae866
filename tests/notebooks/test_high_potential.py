"""The notebook of high potential, executed: Chinese throughout, for the company and for a region."""

import pytest

from salesperf.errors import RequestError


def test_its_page_is_chinese_throughout(workbench, executed, cover_of, page_of):
    made = executed("high_potential", workbench, region="华东")
    shown, page = cover_of(made), page_of(made)
    assert (shown["client"], shown["language"]) == ("Demo Instruments", "zh")
    for word in ("高潜力人员", "依据哪些特征", "信度", "一年前的判断后来如何", "如何重新得到这些数字"):
        assert word in page
    for word in ("open_company", "Potential", "not available", "outgrow"):
        assert word not in page


def test_a_region_that_is_not_there_is_refused(workbench, executed):
    with pytest.raises(Exception, match="region: '北极' is not in the export") as refused:
        executed("high_potential", workbench, region="北极")
    assert RequestError.__name__ in str(refused.value)
