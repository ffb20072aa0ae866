"""What the tests of the weights lab share: the demo company's lab, and a page that knows its functions."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from salesperf.company import Company
from salesperf.people.weights.experiment import Experiment, experiment, usable_presets
from salesperf.present.weights.lab_data import lab_data
from salesperf.present.weights.lab_page import script

Data = dict[str, Any]


@pytest.fixture(scope="session")
def tried(demo: Company) -> Experiment:
    """The demo company with the shipped models to try."""
    return experiment(demo, usable_presets(demo))


@pytest.fixture(scope="session")
def data(demo: Company, tried: Experiment) -> Data:
    """What the lab of the demo company knows; tests must not change it."""
    return {**lab_data(demo.voice, demo, tried), "inputs": "0"}


@pytest.fixture(scope="module")
def code(browser: Browser) -> Iterator[Page]:
    """A blank page that knows the functions of the lab."""
    page = browser.new_page()
    page.add_script_tag(content=script())
    yield page
    page.close()
