"""Statistical methods on arrays: intervals, shrinkage, ranks and groups that data can tell apart."""
