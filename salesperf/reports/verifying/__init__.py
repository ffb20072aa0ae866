"""Verifying of published reports: built again, compared byte by byte, with the cause of each difference."""
