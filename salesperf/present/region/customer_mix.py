"""What a region's win rate owes to the mix of its customers."""

import numpy as np
import pandas as pd

from salesperf.inference.standardisation import standardised_rates
from salesperf.language import Voice
from salesperf.measures.segment_mix import SegmentMix
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together

_MOST_SEGMENTS = 6  # rows; of more, the smallest are one


def win_rate_by_segment(voice: Voice, mix: SegmentMix | None, region: str) -> Exhibit:
    """The region's win rate, and what it would be with the company's mix of segments; then a row per segment.

    ``mix``: of the period, None where there are no segments. NOTHING then, and where the region closed no deal.
    """
    if mix is None or region not in mix.regions:
        return NOTHING
    place, rates = mix.regions.index(region), standardised_rates(mix.won, mix.closed)
    if np.isnan(rates.rate[place]):
        return NOTHING
    raw, rate = float(rates.raw[place]), float(rates.rate[place])
    sentence = voice(
        "mix_sentence",
        region=region,
        raw=voice.share(raw),
        rate=voice.share(rate),
        low=voice.share(max(0.0, float(rates.lower[place]))),
        high=voice.share(min(1.0, float(rates.upper[place]))),
        company=voice.share(float(mix.won.sum() / mix.closed.sum())),
    )
    partly = voice("mix_covered", share=voice.share(rates.covered, 0)) if rates.covered < 1 else ""
    return together(paragraph(voice.sentences(filter(None, [sentence, partly]))), _table(voice, mix, place))


def _table(voice: Voice, mix: SegmentMix, place: int) -> Exhibit:
    """A row per segment, of the region and of the company: its share of the closed deals, and the win rate."""
    names = [name or voice("mix_without") for name in mix.segments]
    won, closed = (np.stack([counts[place], counts.sum(axis=0)]) for counts in (mix.won, mix.closed))
    if len(names) > _MOST_SEGMENTS:
        kept = _MOST_SEGMENTS - 1
        names = [*names[:kept], voice("others")]
        won, closed = (np.hstack([counts[:, :kept], counts[:, kept:].sum(axis=1)[:, None]]) for counts in (won, closed))
    with np.errstate(invalid="ignore"):
        rates, shares = won / closed, closed / closed.sum(axis=1)[:, None]
    frame = pd.DataFrame(
        {
            voice("mix_segment"): names,
            voice("mix_share_here"): [voice.share(share, 0) for share in shares[0]],
            voice("mix_share_company"): [voice.share(share, 0) for share in shares[1]],
            voice("mix_rate_here"): [
                voice.with_n(voice.share(rate), n) for rate, n in zip(rates[0], closed[0], strict=True)
            ],
            voice("mix_rate_company"): [
                voice.with_n(voice.share(rate), n) for rate, n in zip(rates[1], closed[1], strict=True)
            ],
        }
    )
    return table(frame, "segments")
