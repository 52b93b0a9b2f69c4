"""Which hops the network passes over on a host that is too slow, and passes over again after a restart."""

from collections.abc import Sequence

from stream.detect.hops import widest
from stream.detect.ladder import KEPT_S, STEPS, Step
from stream.detect.models import Detector
from stream.pipeline import Pipeline
from stream.records import Coverage, Hop, PassedOver


class Passing:
    """One recording's; `before` are the stretches in which hops were passed over, by the journal."""

    def __init__(self, detector: Detector, before: Sequence[Coverage], rate_hz: float) -> None:
        manifest, self._hop = detector.manifest, detector.hop_samples
        # A network with a state must see every sample, or its state is wrong.
        self._every = 1 if detector.infer.carries else widest(self._hop, manifest.window_samples, manifest.rate_hz)
        self._kept = round(KEPT_S * rate_hz)
        self._before = before
        self._step, self._oldest = STEPS[0], 0

    def begin(self, pipeline: Pipeline, committed: int) -> None:
        """Begin again where the journal stands: what lies before `committed` is scored as it was scored."""
        self._pipeline, self._committed = pipeline, committed

    def begin_turn(self, step: Step, head: int) -> None:
        """Begin a turn, `head` being the index just past the newest sample."""
        self._step, self._oldest = step, head - self._kept

    def pass_over(self, hop: Hop) -> PassedOver:
        """Return why the network does not see a hop, "" if it does."""
        taken = self._pipeline.timebase.taken(hop.end)
        if taken <= self._committed:
            return self._as_before(hop, taken)
        if self._step.sheds and taken < self._oldest:
            return "overload"
        return "wider_hop" if self._step.widens_hop and not self._is_on_grid(hop) else ""

    def _as_before(self, hop: Hop, taken: int) -> PassedOver:
        # Otherwise the event former would settle its open candidates before the place from which events are reported.
        for piece in self._before:
            if piece.first < taken <= piece.end:
                if piece.fate == "shed":
                    return "overload"
                return "" if taken == piece.end or self._is_on_grid(hop) else "wider_hop"
        return ""

    def _is_on_grid(self, hop: Hop) -> bool:
        return hop.end // self._hop % self._every == 0
