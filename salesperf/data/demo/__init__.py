"""A made-up company with ten quarters of sales and known truths, for first steps and for tests."""

from salesperf.data.demo.export import write_demo

__all__ = ["write_demo"]
