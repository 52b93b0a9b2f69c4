"""What is asked of one bed's candidates: the verifier's opinion, and whether they are artefacts."""

from models.detection.artefacts import Artefact, Artefacts
from models.detection.sightings import Sighting
from models.detection.surroundings import surroundings
from models.engines.verifying import Verifier
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import Group
from stream.merge.newest import Newest


class Verified:
    """One bed's verifier, shown the newest samples of all groups."""

    def __init__(self, verifier: Verifier, groups: tuple[Group, ...], newest: Newest) -> None:
        self._verifier = verifier
        self._numbers = {group.name: number for number, group in enumerate(groups)}
        self._artefacts = Artefacts([name for group in groups for name in group.derivations])
        self._shape = (len(groups), len(groups[0].derivations))
        self._newest = newest

    def verify(self, best: Sighting, end: int) -> float:
        """Return the probability of a candidate, with the newest sample before `end`."""
        samples = self._newest.samples.reshape(*self._shape, -1)
        known = surroundings(samples, self._numbers[best.group], self._at(best, end))
        return self._verifier.verify(known, best.probability)

    def artefact(self, best: Sighting, end: int) -> Artefact | None:
        """Return the artefact that a candidate is recognised as, from the samples before `end`; None if it is none."""
        return self._artefacts.recognise(self._newest.samples, self._at(best, end), MODEL_RATE_HZ)

    def _at(self, best: Sighting, end: int) -> int:
        return self._newest.kept - (end - best.peak)
