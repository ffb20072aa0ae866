"""Tables in, KPIs out: one row per entity and period."""
