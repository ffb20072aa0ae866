"""Exhibits of other weights: what a model does against another one, and the page on which weights are moved."""
