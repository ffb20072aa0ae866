"""Other weights tried on a company's people: who moves, what it costs, and how far the order depends on them."""
