"""From a job to its files: the notebook run in a kernel of its own, what varies taken out, the page made of it."""
