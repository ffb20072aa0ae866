"""What scores and KPIs mean for a person: potential, coaching and incentives."""
