"""Exhibits: figures, printed tables and sentences, in the report's language.

A function that returns an exhibit takes the voice first, then the export or, where its settings suffice, the client.
What the exhibit shows follows, mostly as keywords from the fourth parameter on.
"""
