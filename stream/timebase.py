"""How the model's sample index and the stream's belong together."""

from dataclasses import dataclass
from fractions import Fraction

from models.signal.resampling import lead_s, sample_ratio, whole_ratio


@dataclass(frozen=True, slots=True)
class Timebase:
    """Two rates and the conditioning's delay: the model's sample j stands at `sample_ratio` x j of the stream.

    It shows what was there `delay_s` earlier. Where the stream's rate is a multiple of the model's, sample j is made of
    the last of j's samples.
    """

    rate_hz: float
    model_rate_hz: float
    delay_s: float

    def taken(self, end: int) -> int:
        """Stream samples needed before the model's samples [0, end) exist: where the cursor stands after a hop."""
        ratio = sample_ratio(self.rate_hz, self.model_rate_hz)
        # In integers: this is where the cursor stands, and a rounding that led past the head would end the account.
        return (end - 1) * ratio.numerator // ratio.denominator + whole_ratio(self.rate_hz, self.model_rate_hz)

    def sample(self, peak: int) -> int:
        """Stream index of what the model's sample `peak` shows, the filters' delay taken off."""
        ratio = sample_ratio(self.rate_hz, self.model_rate_hz)
        # Exact before it is rounded; what the filters show at the very start lies before the first sample.
        return max(0, round(peak * ratio - Fraction(self.delay_s * self.rate_hz)))

    def before_newest_s(self, peak: int, end: int) -> float:
        """How long before the newest stream sample of [0, end) was what the model's sample `peak` shows."""
        return (end - 1 - peak) / self.model_rate_hz + self.delay_s + lead_s(self.rate_hz, self.model_rate_hz)
