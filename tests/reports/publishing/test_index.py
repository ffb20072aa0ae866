"""The index: every region on one scale, and what is to be said of the status of its report."""


def test_a_report_from_an_earlier_state_of_the_data_is_marked(published_workbench) -> None:
    with (published_workbench.client_file.parent / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("3,r0,c,2025-11-11,7\n")
    published_workbench.run("East")
    index = published_workbench.index()
    assert index.count("From an earlier state of data or settings") == 1


def test_small_charts_of_the_index_share_one_scale(published_workbench) -> None:
    index = published_workbench.index()
    assert 'height="64.0" class="last"' in index  # West: 10 of 10
    assert 'height="32.0" class="last"' in index  # East: 5 of 10
