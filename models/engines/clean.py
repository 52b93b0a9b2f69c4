"""How much of each group's newest past has come and is finite; a stream's answer counts only if all of it is."""

import numpy as np
from numpy.typing import NDArray

from models.engines.engine import Floats


class CleanPast:
    """Counts the samples since a stream's start, or since a sample that was not finite, for each of its groups.

    Parameters
    ----------
    groups
        Groups of the stream.
    needed_samples
        Context and window: with fewer, an answer is NaN.
    """

    def __init__(self, groups: int, needed_samples: int) -> None:
        self._needed = needed_samples
        self._samples = np.zeros(groups, np.int64)

    def take(self, hop: Floats, into: Floats) -> NDArray[np.bool_]:
        """Copy a hop (groups, channels, hop samples) with 0 for what is not finite; return whose answers count.

        Zeros keep what is carried finite; the answers that they would sway are those that do not count.

        Raises
        ------
        ValueError
            When the hop has another shape.
        """
        if hop.shape != into.shape:
            raise ValueError(f"a hop is {hop.shape}; this stream takes {into.shape}")
        into[...] = hop
        self._samples += hop.shape[2]
        # Nearly every hop is finite: one pass over it is all that it costs then.
        if not np.isfinite(hop).all():
            into[~np.isfinite(hop)] = 0
            bad = np.asarray((~np.isfinite(hop)).any(axis=1))
            # Samples behind the newest bad one of any row: that row is in all that the group's answer depends on.
            since = bad[:, ::-1].argmax(axis=1)
            self._samples = np.where(bad.any(axis=1), since, self._samples)
        return self._samples >= self._needed
