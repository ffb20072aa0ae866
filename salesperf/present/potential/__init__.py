"""Exhibits of high potential: who is named, how sure that is, groups, the nine-box and the back-test."""
