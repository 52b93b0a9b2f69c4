"""Whether a candidate is an eye that moved or blinked: the field of the two eyes over all derivations, and no other.

An eye is a battery, positive in front. A lid that closes, or an eye that turns up, makes both sides of the forehead
positive; one that turns aside, one temple positive and the other negative. Either falls off fast towards the back, and
on no electrode is it as it would be of a discharge: those of the forehead are negative there, or on one side.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

UP: Final = {"Fp": 1.0, "F7": 0.35, "F3": 0.35, "Fz": 0.35, "T7": 0.08, "C3": 0.12, "Cz": 0.12, "P7": 0.03, "P3": 0.04,
             "Pz": 0.04, "O": 0.02}  # fmt: skip
"""Share of a blink's size at the forehead that is left at an electrode of the left side or the middle, and alike on the
right. Round numbers of ours."""
ASIDE: Final = {"F7": 1.0, "Fp": 0.45, "T7": 0.35, "F3": 0.3, "C3": 0.1, "P7": 0.08, "P3": 0.03, "O": 0.02}
"""The same of an eye that turns to the left, beside its size at the left temple; the negative of it on the right."""
EXPLAINED: Final = 0.88
"""Share of a candidate's power, over all derivations, that the two fields explain at the least."""
DOWN: Final = 0.35
"""An eye that turns aside may turn down by so much of it; a forehead that is negative beyond it is no eye's."""
BEFORE_S: Final = (0.5, 0.16)
"""Its size is measured from the median of this time before it."""
NEAR_S: Final = 0.03
"""The eyes' field may be largest so long before or after the candidate's peak."""
FEWEST: Final = 8
"""Derivations between known electrodes, without which nothing is said."""


class Eyes:
    """The eyes' fields over the derivations of one montage.

    Parameters
    ----------
    derivations
        names in the order of the rows, as a montage has them ("F7-T7"); what is no difference of two electrodes of the
        10-20 system says nothing
    """

    def __init__(self, derivations: Sequence[str]) -> None:
        pairs = {row: ends for row, name in enumerate(derivations) if (ends := _ends(name))}
        sees_eyes = any(end.startswith("Fp") for ends in pairs.values() for end in ends)
        self._rows = np.array([*pairs] if sees_eyes and len(pairs) >= FEWEST else [], np.intp)
        fields = [[_field(*ends, UP, 1.0), _field(*ends, ASIDE, -1.0)] for ends in pairs.values()]
        # Orthogonal, so that the power explained by both fields is the sum of what each explains; both keep their sign.
        up, aside = np.array(fields or [[1.0, 0.0], [0.0, 1.0]]).T
        up = up / np.linalg.norm(up)
        aside = aside - (aside @ up) * up
        self._fields = np.stack([up, aside / max(float(np.linalg.norm(aside)), 1e-9)])

    def moved(self, samples: Floats, peak: int, rate_hz: float) -> bool:
        """Return whether a candidate is a blink or a movement of the eyes.

        The limits are choices of ours, made on discharges laid on the recordings of twelve healthy people and on
        simulated patients.

        Parameters
        ----------
        samples
            (rows, n), all derivations up to the newest sample, from at least BEFORE_S before the peak
        peak
            the candidate's index into the n samples
        """
        first, until = (peak - round(s * rate_hz) for s in BEFORE_S)
        if not len(self._rows) or first < 0:
            return False
        near = round(NEAR_S * rate_hz)
        rest = np.median(samples[self._rows, first:until], axis=1, keepdims=True)
        course = samples[self._rows, peak - near : peak + near + 1] - rest
        seen = self._fields @ course
        at = int(np.argmax(np.sum(seen**2, axis=0)))
        up, aside = seen[:, at]
        power = float(np.sum(course[:, at] ** 2))
        return bool(up**2 + aside**2 >= EXPLAINED * power > 0 and up > -DOWN * abs(aside))


def _ends(derivation: str) -> tuple[str, str] | None:
    """Return the electrodes of a derivation such as "Fp1-F7", None where one of them is not of the 10-20 system."""
    ends = derivation.split("-")
    known = len(ends) == 2 and all(_left(end)[0] in UP for end in ends)
    return (ends[0], ends[1]) if known else None


def _left(electrode: str) -> tuple[str, float]:
    """Return an electrode's name on the left side, and 1, or -1 of one on the right."""
    head, number = electrode[:-1], electrode[-1:]
    if not number.isdecimal():
        return electrode, 1.0
    odd = int(number) % 2 == 1
    name = f"{head}{int(number) - (not odd)}"
    return (head if head in ("Fp", "O") else name), 1.0 if odd else -1.0


def _field(first: str, second: str, shares: dict[str, float], on_the_right: float) -> float:
    """Return a field's difference between two electrodes; `on_the_right` its sign there."""
    sizes = []
    for end in (first, second):
        name, side = _left(end)
        sizes.append(shares.get(name, 0.0) * (1.0 if side > 0 else on_the_right))
    return sizes[0] - sizes[1]
