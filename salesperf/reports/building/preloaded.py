"""What the server that forks workers loads beforehand: all that builds reports, used once on an empty notebook.

This happens when the module is imported, as modules to import are all that such a server can be given.
"""

from nbformat.v4 import new_notebook

from salesperf.reports.building.execute import build
from salesperf.reports.building.page import page_html

__all__ = ["build"]

page_html(new_notebook(), "")  # compiles the page's template and the rules of notebooks
