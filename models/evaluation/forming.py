"""Events of one recording from what its windows showed, formed as the live system forms them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from models.detection.artefacts import Artefacts
from models.detection.clusters import Clusters
from models.detection.events import Event, EventFormer, EventRules, Verify
from models.detection.recurrence import Recurrence
from models.detection.shape import Shape, shape
from models.detection.sightings import Sighting
from models.detection.surroundings import surroundings
from models.detection.threshold import reaches
from models.engines.verifying import Verifier
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import Floats


@dataclass(frozen=True, slots=True)
class Verification:
    """How the candidates of one recording are verified.

    `judge` answers for a candidate by itself, `describe` says what it looks like to those that came before; both take
    its best sighting and the end of the newest window. `is_artefact` is asked of what would be an event.
    """

    judge: Verify
    is_artefact: Callable[[Sighting, int], bool]
    describe: Callable[[Sighting, int], Shape]
    candidate_threshold: float
    recurrence: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Sightings that reach the lowest threshold by window end, how many minutes could be scored, and what verifies."""

    sightings: dict[int, list[Sighting]]
    ends: tuple[int, ...]
    minutes: float
    verification: Verification | None = None


def verification(verifier: Verifier, samples: Floats, names: Sequence[str], derivations: Sequence[str]) -> Verification:
    """Return how a verifier judges one recording: (groups, rows, m) samples, zero where they may not be analysed."""
    rows = samples.reshape(-1, samples.shape[2])
    first_row = {name: number * samples.shape[1] for number, name in enumerate(names)}
    artefacts = Artefacts(derivations)

    # Cached: each threshold asks the same of a recording. Nothing after the window's end: live it has not come.
    @cache
    def is_artefact(peak: int, end: int) -> bool:
        return artefacts.recognise(rows[:, :end], peak, MODEL_RATE_HZ) is not None

    @cache
    def logit(group: str, peak: int, end: int) -> float:
        return verifier.logit(surroundings(samples[:, :, :end], names.index(group), peak))

    @cache
    def described(row: int, peak: int, end: int) -> Shape:
        return shape(rows[:, :end], row, peak, MODEL_RATE_HZ)

    return Verification(
        lambda best, end: verifier.combined(logit(best.group, best.peak, end), best.probability),
        lambda best, end: is_artefact(best.peak, end),
        lambda best, end: described(first_row[best.group] + best.row, best.peak, end),
        verifier.candidate_threshold,
        verifier.recurrence,
    )


def events(scored: Scored, threshold: float) -> list[Event]:
    """Form events at a threshold, as the live system does."""
    known = scored.verification
    if known is None:
        return form(scored, EventFormer(EventRules(threshold), MODEL_RATE_HZ, WINDOW_SAMPLES))
    return _verified(scored, known, EventRules(threshold, known.candidate_threshold))


def _verified(scored: Scored, known: Verification, rules: EventRules) -> list[Event]:
    recurrence = Recurrence(Clusters(), known.recurrence, rules.threshold, MODEL_RATE_HZ)

    def similar(best: Sighting, end: int) -> int:
        return recurrence.similar(known.describe(best, end), end) if known.recurrence else 0

    def verify(best: Sighting, end: int) -> float:
        probability = recurrence.raised(known.judge(best, end), similar(best, end))
        return 0.0 if reaches(probability, rules.threshold) and known.is_artefact(best, end) else probability

    def remember(event: Event) -> None:
        best, end = event.best, event.decided
        recurrence.push(known.describe(best, end), end, best.probability, similar(best, end))

    return form(scored, EventFormer(rules, MODEL_RATE_HZ, WINDOW_SAMPLES, verify), remember)


def form(scored: Scored, former: EventFormer, remember: Callable[[Event], None] = lambda _: None) -> list[Event]:
    """Form events by the rules of a fresh event former; each hop's are told to `remember` before the next hop."""
    lowest, formed = former.rules.lowest, list[Event]()
    for end in scored.ends:
        settled = former.push(end, [s for s in scored.sightings[end] if reaches(s.probability, lowest)])
        for event in settled:
            remember(event)
        formed += settled
    return formed
