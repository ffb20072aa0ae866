"""Exhibits: figures, printed tables and sentences, in the report's language.

What an exhibit is made with comes first: the voice, then the export or, where that is enough, its client. What it is
about follows, by name from the fourth on.
"""
