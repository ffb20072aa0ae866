"""What the export cannot tell and what is wrong with it, in print."""

from typing import Any

from salesperf.present.region.data_notes import data_notes


def test_the_data_notes_name_what_is_missing_and_what_is_wrong(small: Any) -> None:
    said = data_notes(small.voice, small, region="East").plain
    for words in (
        "won opportunities stand in for orders",
        "1 row of opportunities, with sales of 1, belongs to a rep who is not in the list of reps (r9)",
        "Not available: Satisfaction: the export has no surveys.",
        "1 rep has no deal in the export: Di.",
    ):
        assert words in said
