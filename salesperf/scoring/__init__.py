"""KPIs in, points and grades out."""
