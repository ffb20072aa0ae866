"""The exhibits of targets: the plan, and where everybody stands with it."""
