"""The keys of [bed.merge]: when scores become an event, and the contract on false ones that the events carry."""

from math import comb
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from stream.config.section import Section

CHANCE: Final = 0.05
"""So seldom may reviews look as good by chance where the share of true events is lower than promised."""
NAMED: Final = 12
"""Digits of a model's hash that name it."""
OVER_CAP: Final = "over_cap"
"""The flag of an event beyond `most_per_h`."""


def _shown(promise: tuple[float, ...]) -> tuple[float, ...]:
    """Check that so many reviews show what is promised, by the exact binomial tail (Clopper and Pearson 1934)."""
    if not promise:
        return promise
    if len(promise) != 3:
        raise ValueError("a promise is [share, true, reviews], as `spikewatch review list` proposes it; or []")
    share, (true, reviews) = promise[0], (round(of) for of in promise[1:])
    if not (0 < share < 1 and 0 < true <= reviews <= 10_000 and promise[1:] == (true, reviews)):
        raise ValueError("a promise is a share above 0 and below 1, then whole numbers of true events and of reviews")
    by_chance = sum(comb(reviews, k) * share**k * (1 - share) ** (reviews - k) for k in range(true, reviews + 1))
    if by_chance > CHANCE:
        raise ValueError(f"{true} of {reviews} true do not show {share:.0%} at 95 %; `spikewatch review list` proposes")
    return promise


class Merge(Section):
    """When scores become an event, and what is promised of events."""

    threshold: Literal["default"] | Annotated[float, Field(strict=True, gt=0, lt=1)] = "default"
    most_per_h: Annotated[int, Field(strict=True, ge=0, le=3600)] = 0
    promise: Annotated[tuple[float, ...], AfterValidator(_shown)] = Field(
        default=(), description="[share, true, reviews] as `spikewatch review list` proposes it, or []"
    )

    promise_model: Annotated[str, Field(pattern=r"^([0-9a-f]{12,64})?$")] = ""
    promise_threshold: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _promise_is_whole(self) -> "Merge":
        # What reviews show holds for the events of one model from one threshold on, and for no others.
        if not bool(self.promise) == bool(self.promise_model) == bool(self.promise_threshold):
            raise ValueError(
                "promise, promise_model and promise_threshold go together, as `spikewatch review list` proposes them"
            )
        return self

    def called_from(self, own: float) -> float:
        """Return the threshold of the bed: as configured, else the model's own."""
        return own if self.threshold == "default" else self.threshold

    def contract(self, sha256: str, own: float) -> str:
        """Return what is promised of a model's events, in words; "" where nothing is.

        Parameters
        ----------
        sha256
            hash of the model that finds the events
        own
            its own threshold, which holds where the bed has none
        """
        parts = [self._promised(sha256, self.called_from(own))] if self.promise else []
        if self.most_per_h:
            parts.append(f"at most {self.most_per_h} events an hour without the flag {OVER_CAP}: a cap, no promise")
        return "; ".join(parts)

    def _promised(self, sha256: str, threshold: float) -> str:
        share, true, reviews = self.promise
        model = self.promise_model[:NAMED]
        if not sha256.startswith(self.promise_model):
            return f"withdrawn: {share:.0%} of events true was shown of model {model}, and this is {sha256[:NAMED]}"
        shown_from = f"{self.promise_threshold:.7g}"
        if threshold < self.promise_threshold:
            return (
                f"withdrawn: {share:.0%} of events true was shown from threshold {shown_from} on, "
                f"and these are called from {threshold:.7g} on"
            )
        return (
            f"at least {share:.0%} of events true, at 95 %: {true:.0f} of {reviews:.0f} drawn and reviewed, "
            f"from threshold {shown_from} on, of model {model}"
        )
