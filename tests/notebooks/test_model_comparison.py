"""The notebook that compares two models, executed: Chinese throughout, and of one region only its people."""


def test_its_page_is_chinese_throughout(workbench, executed, cover_of, page_of):
    made = executed("model_comparison", workbench)
    shown, page = cover_of(made), page_of(made)
    assert (shown["client"], shown["language"]) == ("Demo Instruments", "zh")
    for word in ("两个模型的比较", "现行发放额", "谁的等级改变", "百分点", "如何重新得到这些数字"):
        assert word in page
    for word in ("open_company", "not available", "Kendall", "In force"):
        assert word not in page
