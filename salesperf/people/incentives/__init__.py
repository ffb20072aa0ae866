"""Incentives: from credited sales to settled payouts, awards and suggestions (docs/methods.md §8)."""
