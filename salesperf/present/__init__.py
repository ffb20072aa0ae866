"""Exhibits: figures, printed tables and sentences, in the report's language."""
