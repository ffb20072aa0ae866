"""Scoring models: points, scores and grades from KPIs, and the choice of a model (docs/methods.md §3)."""
