"""Seeds of a kernel's random numbers: without one of its own, every fork would continue those of the parent."""

import hashlib
import os
import random
from collections.abc import Mapping

import numpy as np
from IPython.core.getipython import get_ipython

from salesperf.kernels.request import SEED as SEED


def reseed(environment: Mapping[str, str]) -> None:
    """Seeds ``random`` and ``numpy.random`` from the text in ``SALESPERF_SEED``, without it from the operating system.

    The same text gives the same numbers in every process. ``numpy.random.default_rng()`` without a seed always draws
    from the operating system.
    """
    seed = environment.get(SEED)
    entropy = hashlib.sha256(seed.encode()).digest() if seed else os.urandom(32)
    random.seed(entropy)
    np.random.seed(np.frombuffer(entropy, dtype=np.dtype("<u4")))


def reseed_at_first_cell() -> None:
    """Has `reseed` called right before this kernel's first cell, as its start draws random numbers too."""
    shell = get_ipython()
    assert shell is not None

    def once() -> None:
        shell.events.unregister("pre_execute", once)
        reseed(os.environ)

    shell.events.register("pre_execute", once)
