"""Warm kernels: a small parent process that has imported the libraries forks a real ipykernel per report."""
