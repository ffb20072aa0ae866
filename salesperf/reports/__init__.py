"""Notebooks in, published pages out.

``publishing`` takes an order, finds what is out of date, has it built by ``building`` (on a cluster: ``cluster``) and
puts it on a store (``stores``); ``verifying`` builds what is published again and compares. The modules beside them are
what all of these speak of: a report, its names, its key, what came of it, and the notice of a batch.
"""

import sys

# jsonschema, under nbformat, imports this package if it is there, to check URIs, and the package then spends two
# seconds on building a grammar. No notebook has a URI to check.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
