"""Reports built on a Dask cluster: what travels there, and the slots that build it."""
