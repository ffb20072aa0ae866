"""The head of a page: title, line and cover, each as it is wanted, with names that stay text."""

from typing import Any

from salesperf.language import Voice
from salesperf.present.exhibit import stylesheet
from salesperf.present.masthead import masthead

EN = Voice()


def test_a_page_bears_the_clients_name_and_the_dates_unless_told_otherwise(client_of: Any) -> None:
    tables = {"reps": "rep_id,rep,region\n", "orders": "order_id,rep_id,account_id,date,amount\n"}
    client = client_of(tables, client="<b>& Sons", period="2025-11")
    plain = masthead(EN, client, "Targets")
    assert plain.html == stylesheet() + (
        '<header class="sp-head"><h1>Targets</h1><p>&lt;b&gt;&amp; Sons · 2025-11-01 to 2025-11-30</p></header>'
    )
    assert plain.plain == "Targets\n<b>& Sons · 2025-11-01 to 2025-11-30"
    assert plain.cover == {
        "title": "Targets · <b>& Sons",
        "client": "<b>& Sons",
        "period": "2025-11",
        "language": "en",
        "dates": "2025-11-01 to 2025-11-30",
    }
    own = masthead(EN, client, "<i>", line="<u>", page_title="A page", style="<style></style>", region="East")
    assert own.html.endswith('<style></style><header class="sp-head"><h1>&lt;i&gt;</h1><p>&lt;u&gt;</p></header>')
    assert own.cover is not None
    assert (own.cover["title"], own.cover["region"]) == ("A page", "East")
