"""A made-up company with ten quarters of sales and planted effects that are known, for first steps and tests."""

from salesperf.data.demo.export import write_demo

__all__ = ["write_demo"]
