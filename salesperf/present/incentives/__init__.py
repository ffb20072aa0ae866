"""The exhibits of incentives: payouts, awards, suggestions, and the plan itself."""
