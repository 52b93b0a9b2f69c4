"""Whether a candidate is an eye that moved or blinked: the field of the two eyes over all derivations, and no other.

An eye is a battery, positive in front. A lid that closes, or an eye that turns up, makes both sides of the forehead
positive; one that turns aside, one temple positive and the other negative. Either falls off fast towards the back, and
on no electrode is it as it would be of a discharge: those of the forehead are negative there, or on one side.

Two things let the field fit less exactly, as it does where a person's eyes or electrodes are not at the usual places.
A turn aside is seen on both sides of the head, with opposite signs, which no focus makes. And the muscles that begin a
turn fire together, for some 20 ms (`models.simulate.open_eyes` has the sources); few spikes of the brain are so brief.
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
LESS_EXPLAINED: Final = 0.7
"""The same where the eyes turn more to a side than up or down, and of what is as brief as the muscles' spike."""
EACH_SIDE_EXPLAINED: Final = 0.3
"""Share of the power on either side of the head that must then be explained: of a focus, one side has next to none."""
FLANKS_S: Final = 0.008
FLANKS: Final = 0.8
"""So long before and after its largest, what is brief has together at most so much of it left."""
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
        of = np.array([[_on(*ends, side) for ends in pairs.values()] for side in (1.0, -1.0)], bool)
        self._sides = of.astype(np.float64).reshape(2, -1)
        # Orthogonal, so that the power explained by both fields is the sum of what each explains; both keep their sign.
        up, aside = np.array(fields or [[1.0, 0.0], [0.0, 1.0]]).T
        up = up / np.linalg.norm(up)
        aside = aside - (aside @ up) * up
        self._fields = np.stack([up, aside / max(float(np.linalg.norm(aside)), 1e-9)])

    def moved(self, samples: Floats, peak: int, rate_hz: float) -> bool:
        """Return whether a candidate is a blink or a movement of the eyes.

        The limits are choices of ours, made on discharges and open eyes (`models.simulate.open_eyes`) laid on the
        recordings of twelve healthy people, and on simulated patients.

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
        near, flank = round(NEAR_S * rate_hz), round(FLANKS_S * rate_hz)
        rest = np.median(samples[self._rows, first:until], axis=1, keepdims=True)
        course = samples[self._rows, peak - near - flank : peak + near + flank + 1] - rest
        eyes = self._fields @ course
        inside = np.sum(eyes**2, axis=0)[flank : course.shape[1] - flank]
        at = flank + int(np.argmax(inside))
        (up, aside), explained = eyes[:, at], float(np.max(inside))
        power = float(np.sum(course[:, at] ** 2))
        if explained >= EXPLAINED * power > 0 and up > -DOWN * abs(aside):
            return True
        if explained < LESS_EXPLAINED * power or not self._on_both_sides(course[:, at], eyes[:, at]):
            return False
        is_brief = eyes[:, at] @ (eyes[:, at - flank] + eyes[:, at + flank]) <= FLANKS * explained
        return bool(is_brief or abs(aside) >= abs(up))

    def _on_both_sides(self, seen: Floats, eyes: Floats) -> bool:
        """Return whether the eyes explain what is seen (derivations,) on either side of the head for itself."""
        power = self._sides @ seen**2
        left_over = self._sides @ (seen - eyes @ self._fields) ** 2
        return bool(np.all((left_over <= (1 - EACH_SIDE_EXPLAINED) * power) & (power > 0)))


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


def _on(first: str, second: str, side: float) -> bool:
    """Return whether both electrodes are numbered, and on that side: 1 left, -1 right."""
    return all(end[-1].isdecimal() and _left(end)[1] == side for end in (first, second))


def _field(first: str, second: str, shares: dict[str, float], on_the_right: float) -> float:
    """Return a field's difference between two electrodes; `on_the_right` its sign there."""
    sizes = []
    for end in (first, second):
        name, side = _left(end)
        sizes.append(shares.get(name, 0.0) * (1.0 if side > 0 else on_the_right))
    return sizes[0] - sizes[1]
