"""Executed notebooks in, published pages out."""

import sys

# jsonschema, under nbformat, imports this package if it is there, to check URIs, and the package then spends two
# seconds on building a grammar. No notebook has a URI to check.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
