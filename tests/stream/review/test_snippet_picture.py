"""The picture of a snippet: every channel, and what is not known said and hatched."""

import numpy as np

from stream.logbook.snippets import Snippet
from stream.review.snippet_picture import snippet_picture


def test_every_channel_is_drawn_and_a_gap_is_said_and_not_bridged() -> None:
    """Two lines for a channel with a gap in its middle, none for one that was never known."""
    samples = np.tile(np.arange(200, dtype=np.float32), (3, 1))
    samples[2] = np.nan
    whole = snippet_picture(Snippet(("Fp1", "F7 <b>", "bad"), 100.0, samples))
    assert (whole.count("<polyline"), "gap" in whole, "F7 &lt;b&gt;" in whole) == (2, False, True)
    samples[:, 120:150] = np.nan
    gapped = snippet_picture(Snippet(("Fp1", "F7", "bad"), 100.0, samples))
    assert gapped.count("<polyline") == 4
    assert "0.30 s are missing: a gap" in gapped
    assert gapped.count("url(#unknown)") == 1
    nothing = snippet_picture(Snippet(("Fp1",), 100.0, np.full((1, 200), np.nan, np.float32)))
    assert "no sample was kept" in nothing
