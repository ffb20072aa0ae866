"""Building of reports on a Dask cluster: the files that go to its machines, and the slots that build there."""
