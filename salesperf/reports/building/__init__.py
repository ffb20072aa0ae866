"""Building of one report: runs the notebook in a kernel of its own, removes what varies, and makes the page of it."""
