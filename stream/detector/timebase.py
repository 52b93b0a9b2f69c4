"""How the model's sample index and the stream's belong together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timebase:
    """Two rates and the conditioning's delay: the model's sample j shows time j / model_rate_hz - delay_s."""

    rate_hz: float
    model_rate_hz: float
    delay_s: float

    def taken(self, end: int) -> int:
        """Stream samples needed before the model's samples [0, end) exist: where the cursor stands after a hop."""
        return int((end - 1) * self.rate_hz // self.model_rate_hz) + 1

    def sample(self, peak: int) -> int:
        """Stream index of what the model's sample `peak` shows, the filters' delay taken off."""
        return max(0, round((peak / self.model_rate_hz - self.delay_s) * self.rate_hz))
