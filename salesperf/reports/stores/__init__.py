"""Stores of published reports: a folder on this machine or at a URL, with a lock against a second batch."""
