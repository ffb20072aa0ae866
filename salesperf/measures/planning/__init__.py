"""Targets: read as agreed, cascaded to reps and months, and compared with results (docs/methods.md §1)."""
