"""The notebook of the weights lab, executed: Chinese throughout."""


def test_its_page_is_chinese_throughout(workbench, executed, cover_of, page_of):
    made = executed("weights_lab", workbench)
    shown, page = cover_of(made), page_of(made)
    assert (shown["client"], shown["language"]) == ("Demo Instruments", "zh")
    for word in ("调整权重", "影响到谁", "如何重新得到这些数字"):
        assert word in page
    for word in ("open_company", "WeightsLab", "not available", "Kendall"):
        assert word not in page
