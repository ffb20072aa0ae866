"""The exhibits of a rep's sheet for the monthly talk."""
