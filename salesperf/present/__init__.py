"""Exhibits: figures, printed tables and sentences, in the report's language.

What an exhibit is made with comes first and in this order, as far as it is needed: the voice, the tables, the client.
What it is about follows, by name from the fourth on.
"""
