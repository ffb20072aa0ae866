"""The exhibits of a region's report."""
