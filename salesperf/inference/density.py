"""Who stands in no dense region of people."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN

FEWEST_OF_A_REGION = 5
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def outside_dense_regions(rows: Array) -> Mask:
    """Who HDBSCAN (Campello, Moulavi & Sander 2013) calls noise: part of no dense region of five people or more.

    ``rows``: people × features, finite. Density is looked for among the first two principal components, as in more
    dimensions a company's people are thinly spread everywhere. Five people on one spot are a dense region. Nobody is
    called noise where there is no dense region at all, or fewer than two features.
    """
    nobody = np.zeros(len(rows), dtype=np.bool_)
    if len(rows) < FEWEST_OF_A_REGION or rows.shape[1] < 2:
        return nobody
    around, heights, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    regions = HDBSCAN(FEWEST_OF_A_REGION, copy=True).fit_predict(around[:, :2] * heights[:2])
    _, spot, times = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    # Copies of a person are infinitely dense, which HDBSCAN does not tell from noise.
    crowded = times[spot.reshape(-1)] >= FEWEST_OF_A_REGION
    dense = crowded | (regions >= 0)
    return ~dense if dense.any() else nobody
