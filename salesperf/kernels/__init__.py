"""Warm kernels: a parent process that has the libraries loaded forks an ipykernel for each report."""
