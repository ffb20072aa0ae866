"""The incentives notebook, executed: Chinese throughout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_its_page_is_chinese_throughout(
    workbench: Path,
    executed: Callable[..., Path],
    cover_of: Callable[[Path], dict[str, Any]],
    page_of: Callable[[Path], str],
) -> None:
    made = executed("incentives", workbench, plan="usual")
    shown, page = cover_of(made), page_of(made)
    assert (shown["title"], shown["language"]) == ("激励 2025Q4 · Demo Instruments", "zh")
    for heading in ("激励方案", "发放与成本", "奖项", "建议", "另一方案在过往期间的试算", "一笔发放的逐笔明细"):
        assert heading in page
    for word in ("Payout", "Clawback", "not available", "plan_table", "n/a"):
        assert word not in page
