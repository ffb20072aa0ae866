"""Publishing of a batch, from the order to the index: builds what is not current, publishes report by report."""
