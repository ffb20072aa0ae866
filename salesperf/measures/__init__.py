"""KPIs of any period, for the company, regions, teams and reps, computed from the canonical tables of an export."""
