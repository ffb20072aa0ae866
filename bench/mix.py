"""Win rates with the company's mix in generated companies: how often their intervals hold what was to be expected.

Run with a number of companies to measure fewer than COMPANIES of them.
"""

import sys

import numpy as np

from salesperf.data.demo import market, people, pipeline
from salesperf.data.demo.names import words
from salesperf.inference.standardisation import standardised_rates

COMPANIES = 120


def held(seed: int) -> tuple[list[bool], bool]:
    """For each region whether the interval holds the expected rate, and whether the planted mix effect is found."""
    streams = (np.random.default_rng([seed, place]) for place in range(3))
    company = people.founded(words("en"), next(streams))
    deals = pipeline.opportunities(company, market.accounts(company, next(streams)), next(streams))
    expected = pipeline.expected_win_rates(company, deals)
    closed = deals.assign(region=company.reps["region"].to_numpy()[deals["rep_no"]]).dropna(subset="closed")
    closed = closed[closed["closed"].dt.to_period("Q") == closed["closed"].max().to_period("Q")]
    counts = closed.groupby(["region", "segment_no"])["status"].agg(["count", lambda status: (status == "won").sum()])
    cases, won = (counts.iloc[:, column].unstack(fill_value=0) for column in (0, 1))
    rates = standardised_rates(won.to_numpy(), cases.to_numpy())
    truth = np.array([expected[region]["standardised"] for region in cases.index])
    mixed = list(cases.index).index(company.words.regions[market.MIXED])
    average = float(won.to_numpy().sum() / cases.to_numpy().sum())
    return ((rates.lower <= truth) & (truth <= rates.upper)).tolist(), rates.raw[mixed] < average < rates.rate[mixed]


def main() -> None:
    """Generates the companies, and prints what is measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    results = [held(seed) for seed in range(100, 100 + count)]
    regions = [holds for of_company, _ in results for holds in of_company]
    print(f"intervals hold the expected rate of {np.mean(regions):.3f} of {len(regions)} regions")
    print(f"the planted effect is found in {sum(found for _, found in results)} of {len(results)} companies")


if __name__ == "__main__":
    main()
