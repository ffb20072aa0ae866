"""What workers have ready when they are forked: all that builds reports, used once on a notebook without cells.

Importing this module is what makes it ready: the server that forks workers can be told nothing but what to import.
"""

from nbformat.v4 import new_notebook

from salesperf.reports.building.execute import build
from salesperf.reports.building.page import page_html

__all__ = ["build"]

page_html(new_notebook(), "")  # compiles the page's template and the rules of notebooks
