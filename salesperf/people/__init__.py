"""What scores and KPIs say about a person: potential."""
