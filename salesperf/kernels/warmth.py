"""Uses the loaded libraries once before the fork, as their first use is slow; on made-up numbers only.

What starts a thread, opens a connection or has global state is left out: queries of DuckDB, and pyplot.
"""

import contextlib
import importlib
import io
import sys
import warnings
from collections.abc import Callable
from types import ModuleType

# Library → modules that it, or a kernel that uses it, imports only at the first use.
COMPANIONS = {
    "ibis": ("ibis.backends.duckdb", "ibis.expr.types.groupby", "ibis.formats.numpy", "ibis.formats.pandas"),
    "duckdb": ("duckdb.func",),
    "pandas": ("pandas.core.methods.to_dict", "pandas.core.reshape.reshape", "pandas.io.formats.string"),
    "pyarrow": ("pyarrow.pandas_compat", "pyarrow.dataset"),
    "matplotlib": ("matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg"),
    "ipykernel": ("ipykernel.debugger",),
    "IPython": ("IPython.core.completerlib", "IPython.core.pylabtools", "encodings.utf_8_sig", "encodings.idna"),
}


def warm() -> None:
    """Imports the companions of the loaded libraries and uses each library once; errors and warnings are ignored."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name, companions in COMPANIONS.items():
            for companion in companions if name in sys.modules else ():
                with contextlib.suppress(Exception):
                    importlib.import_module(companion)
        for name, use in _USES.items():
            with contextlib.suppress(Exception):
                if name in sys.modules:
                    use(sys.modules[name])


def _query(ibis: ModuleType) -> None:
    ibis.duckdb.compile(
        ibis.table({"region": "string", "amount": "float64", "closed": "date"}, name="deals")
        .filter(lambda deals: deals.amount > 0)
        .group_by("region")
        .aggregate(total=lambda deals: deals.amount.sum(), deals=lambda deals: deals.count())
        .order_by("region")
    )


def _frame(pandas: ModuleType) -> None:
    frame = pandas.DataFrame({"region": ["East", "West", "East"], "amount": [1.0, 2.0, 3.0], "deals": [1, 2, 3]})
    frame.query("amount > 1 and region == 'East'").to_html()
    frame.merge(frame.groupby("region")["amount"].agg(["sum", "mean"]), on="region").pivot_table(index="region")
    frame.set_index("region").apply(lambda row: row.sum(), axis=1).to_dict()


def _clusters(cluster: ModuleType) -> None:
    points = [[0.0, 0.1], [0.1, 0.0], [0.0, 0.0], [5.0, 5.1], [5.1, 5.0], [5.0, 5.0]]
    cluster.KMeans(2, n_init=2, random_state=0).fit_predict(points)


def _figure(seaborn: ModuleType) -> None:
    figure = importlib.import_module("matplotlib.figure").Figure(figsize=(5.4, 2))
    with seaborn.axes_style("white"):
        axes = figure.add_subplot()
        axes.bar(["East", "West"], [1.0, 2.0], hatch="///")
        axes.scatter([0, 1], [1.0, 2.0])
        axes.set_title("East 1,000")
    for kind in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=kind)


def _drawing(figure: ModuleType) -> None:
    bars = figure.bars(["East", "West"], importlib.import_module("numpy").array([2.0, -1.0]), ["+2", "−1"], left=0.3,
                       right=0.8, labels_end=1.2)  # fmt: skip
    figure.drawn(bars, "bars", "", alternative="")


def _table(exhibit: ModuleType) -> None:
    pandas = importlib.import_module("pandas")
    exhibit.table(pandas.DataFrame({"rep": ["Ann", "Bo"], "revenue": ["1", "2"]}), "table", left=("rep",))


def _words(language: ModuleType) -> None:
    for code in ("en", "zh"):
        _ = language.Voice(code).missing


def _libraries(threadpoolctl: ModuleType) -> None:
    threadpoolctl.threadpool_info()


# Module → function that uses it, given the module; called only where the module is loaded.
_USES: dict[str, Callable[[ModuleType], None]] = {
    "ibis": _query,
    "pandas": _frame,
    "sklearn.cluster": _clusters,
    "seaborn": _figure,
    "threadpoolctl": _libraries,
    "salesperf.language": _words,
    "salesperf.present.exhibit": _table,
    "salesperf.present.figure": _drawing,
}
