"""Targets: agreed, split from the whole down to its parts and months, and how far everybody is (docs/methods.md §1)."""
