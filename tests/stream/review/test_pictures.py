"""Pictures of a focus: a head where derivations are of the 10-20 system, bars along leads elsewhere."""

import numpy as np

from stream.review.averages import Average
from stream.review.pictures import field, waveform


def average(*names: str) -> Average:
    """Make an average whose first derivation is the largest; of the last samples nothing is known."""
    mean = np.zeros((len(names), 64))
    mean[:, 32] = -100.0 / np.arange(1, len(names) + 1)
    mean[:, 60:] = np.nan
    return Average(names, mean, np.ones_like(mean), 128.0, 12)


def test_scalp_derivations_are_drawn_over_the_head() -> None:
    """Each electrode once, the large ones with their size; an empty row has no place."""
    picture = field(average("Fp1-F7", "F7-T7", ""))
    assert [picture.count(f">{name}<") for name in ("Fp1", "F7", "T7", "-100", "-50")] == [1] * 5
    assert 'aria-label="Field over the head"' in picture


def test_leads_are_drawn_as_bars() -> None:
    """Contacts have no place on a drawn head."""
    picture = field(average("LA1-LA2", "LA2-LA3"))
    assert 'aria-label="Field along the leads"' in picture
    assert [picture.count(f">{text}<") for text in ("LA1-LA2", "LA2-LA3", "-100", "-50")] == [1] * 4


def test_a_waveform_has_a_line_for_each_derivation_and_nothing_unknown() -> None:
    """Samples that no event had are left out, names are text and no markup."""
    picture = waveform(average("<b>-A", "F7-T7"))
    assert (picture.count("<polyline"), picture.count("<polygon"), "nan" in picture) == (2, 2, False)
    assert "&lt;b&gt;-A" in picture
    assert "average of 12" in picture
