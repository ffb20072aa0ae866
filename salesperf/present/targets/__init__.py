"""The exhibits of targets: the plan, and how far everybody is."""
