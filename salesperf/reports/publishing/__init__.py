"""A batch from the order to the index: what is out of date is built, and published report by report."""
