"""Whether published reports are what their inputs give: built again, compared byte by byte, and the cause told."""
