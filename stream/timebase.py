"""How the model's sample index and the stream's belong together."""

from dataclasses import dataclass

from models.signal.resampling import lead_s, whole_ratio


@dataclass(frozen=True, slots=True)
class Timebase:
    """Two rates and the conditioning's delay: the model's sample j shows time j / model_rate_hz - delay_s.

    Where the stream's rate is a multiple of the model's, sample j is made of the last of j's samples.
    """

    rate_hz: float
    model_rate_hz: float
    delay_s: float

    def taken(self, end: int) -> int:
        """Stream samples needed before the model's samples [0, end) exist: where the cursor stands after a hop."""
        multiple = whole_ratio(self.rate_hz, self.model_rate_hz)
        return int((end - 1) * self.rate_hz // self.model_rate_hz) + multiple

    def sample(self, peak: int) -> int:
        """Stream index of what the model's sample `peak` shows, the filters' delay taken off."""
        return max(0, round((peak / self.model_rate_hz - self.delay_s) * self.rate_hz))

    def before_newest_s(self, peak: int, end: int) -> float:
        """How long before the newest stream sample of [0, end) was what the model's sample `peak` shows."""
        return (end - 1 - peak) / self.model_rate_hz + self.delay_s + lead_s(self.rate_hz, self.model_rate_hz)
