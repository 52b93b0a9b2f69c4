"""What is asked of one bed's candidates: the newest samples of all groups are kept, for verifier and artefacts."""

import numpy as np

from models.detection.artefacts import Artefact, Artefacts
from models.detection.qrs import LOOKED_BACK_S
from models.detection.sightings import Sighting
from models.detection.surroundings import surroundings
from models.engines.verifying import Verifier
from models.networks.candidate_window import LATEST
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import Group
from stream.records import Hop, Samples

KEPT_SAMPLES = round(LOOKED_BACK_S * MODEL_RATE_HZ) + LATEST
"""As far back as a candidate that is still judged is looked at."""


class Verified:
    """One bed's verifier and what it has to know of the last seconds."""

    def __init__(self, verifier: Verifier, groups: tuple[Group, ...]) -> None:
        self._verifier = verifier
        self._numbers = {group.name: number for number, group in enumerate(groups)}
        self._artefacts = Artefacts([name for group in groups for name in group.derivations])
        self._shape = (len(groups), len(groups[0].derivations))
        self.forget()

    def remember(self, hop: Hop) -> None:
        """Keep the samples of a hop; what may not be analysed counts as not there."""
        usable = np.where(hop.usable[:, None], hop.samples, np.float32(0)).reshape(*self._shape, -1)
        self._newest: Samples = np.concatenate([self._newest, usable], axis=2)[:, :, -KEPT_SAMPLES:]

    def forget(self) -> None:
        """Forget all samples, so that later ones do not join earlier ones."""
        self._newest = np.zeros((*self._shape, KEPT_SAMPLES), np.float32)

    def verify(self, best: Sighting, end: int) -> float:
        """Return the probability of a candidate, with the newest sample before `end`."""
        known = surroundings(self._newest, self._numbers[best.group], self._at(best, end))
        return self._verifier.verify(known, best.probability)

    def artefact(self, best: Sighting, end: int) -> Artefact | None:
        """Return the artefact that a candidate is recognised as, from the samples before `end`; None if it is none."""
        rows = self._newest.reshape(-1, KEPT_SAMPLES)
        return self._artefacts.recognise(rows, self._at(best, end), MODEL_RATE_HZ)

    def _at(self, best: Sighting, end: int) -> int:
        return KEPT_SAMPLES - (end - best.peak)
