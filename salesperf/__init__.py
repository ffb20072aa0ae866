"""Sales-performance management with reproducible reports: count, score, find potential, publish."""
