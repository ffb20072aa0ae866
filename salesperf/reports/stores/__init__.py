"""Where reports lie: a folder on this machine or at a URL, and who may publish there."""
