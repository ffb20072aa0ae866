"""Notebooks in, published pages out.

``publishing`` takes an order, finds the reports that are not current, has them built by ``building`` (on a cluster:
``cluster``) and writes them to a store (``stores``). ``verifying`` builds published reports again and compares them.
The modules in this folder are shared by all of these: report, file names, key, result, and the notice of a batch.
"""

import sys

# jsonschema, under nbformat, imports this package if it is there, to check URIs, and the package then spends two
# seconds on building a grammar. No notebook has a URI to check.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
