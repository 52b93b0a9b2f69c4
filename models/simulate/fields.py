"""Where electrodes are, and what a source inside the head looks like at each of them."""

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.errors import MontageError
from models.simulate.truth import Float32, Layout

Float64: TypeAlias = npt.NDArray[np.float64]

SCALP_19 = (
    *("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz"),
    *("C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2"),
)
SCALP_25 = (*SCALP_19, "F9", "F10", "T9", "T10", "P9", "P10")
DEPTH_24 = tuple(f"{lead}{contact}" for lead in ("LA", "LH", "RA") for contact in range(1, 9))

_OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
# Berg and Scherg (1994): a dipole in three shells is the sum of a few dipoles in one sphere, each moved inwards
# by a factor and weighted. Differs from the paper: two dipoles, fitted to the exact series (error below 0.01
# of its first 30 terms) for radii 0.88, 0.93, 1 and a skull that conducts 25 times less, not 80 times less.
_BERG = ((0.9887, 0.2095), (0.7543, 0.7257))
_EARS = ("A1", "A2")


def _on_sphere(inclination_deg: float, azimuth_deg: float) -> tuple[float, float, float]:
    """Turn angle from the vertex and angle from the nose (left positive) into x right, y front, z up."""
    a, b = np.deg2rad(inclination_deg), np.deg2rad(azimuth_deg)
    return float(-np.sin(a) * np.sin(b)), float(np.sin(a) * np.cos(b)), float(np.cos(a))


def _between(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float, float]:
    middle = (np.array(a) + np.array(b)) / np.linalg.norm(np.array(a) + np.array(b))
    return float(middle[0]), float(middle[1]), float(middle[2])


def _ten_twenty() -> dict[str, tuple[float, float, float]]:
    """Lay the 10-20 electrodes out on the unit sphere, 10 % of an arc being 18 degrees."""
    ring = {"Fp": 18.0, "F7": 54.0, "T7": 90.0, "P7": 126.0, "O": 162.0}
    at = {"Cz": _on_sphere(0, 0), "Fz": _on_sphere(36, 0), "Pz": _on_sphere(36, 180), "CPz": _on_sphere(18, 180)}
    at |= {"Fpz": _on_sphere(72, 0), "Oz": _on_sphere(72, 180)}
    for side, odd in ((1.0, True), (-1.0, False)):
        names = ("Fp1", "F7", "T7", "P7", "O1") if odd else ("Fp2", "F8", "T8", "P8", "O2")
        at |= {name: _on_sphere(72, side * angle) for name, angle in zip(names, ring.values(), strict=True)}
        low = ("F9", "T9", "P9") if odd else ("F10", "T10", "P10")
        at |= {name: _on_sphere(92, side * angle) for name, angle in zip(low, (54, 90, 126), strict=True)}
        at["C3" if odd else "C4"] = _on_sphere(36, side * 90)
        at["F3" if odd else "F4"] = _between(at["Fz"], at[names[1]])
        at["P3" if odd else "P4"] = _between(at["Pz"], at[names[3]])
        at["A1" if odd else "A2"] = _on_sphere(112, side * 92)
    return at


TEN_TWENTY = _ten_twenty()


@dataclass(frozen=True)
class Head:
    """Electrodes in a head of radius 1, hidden reference electrodes last.

    Attributes
    ----------
    layout : Layout
        ``"scalp"`` or ``"depth"``.
    labels : tuple of str
        Recorded electrodes.
    positions : numpy.ndarray
        (electrodes, 3): recorded ones, then the hidden ones that only serve as reference.
    reference : numpy.ndarray
        float32 (channels, electrodes): turns potentials into recorded channels.
    neighbours : numpy.ndarray
        int64 (channels,): each channel's nearest other channel, on its own lead in a depth layout.
    """

    layout: Layout
    labels: tuple[str, ...]
    positions: Float64
    reference: Float32
    neighbours: npt.NDArray[np.int64]

    def patch(self, rng: np.random.Generator, centre: Float64, extent: float) -> Float32:
        """Draw the field of a patch of cortex about ``centre``, the largest recorded value being 1.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws depth, tilt and the dipoles of the patch.
        centre : numpy.ndarray
            (3,): a direction on the scalp layout, a place on the depth layout.
        extent : float
            Radius of the patch in head radii.
        """
        field = (
            self._scalp_patch(rng, centre, extent) if self.layout == "scalp" else self._depth_patch(rng, centre, extent)
        )
        recorded = self.reference @ field
        return np.asarray(field / recorded[np.argmax(np.abs(recorded))], np.float32)

    def place(self, rng: np.random.Generator, anchor: str, jitter: float) -> Float64:
        """Draw a place near a 10-20 site or, on the depth layout, near any contact."""
        if self.layout == "depth":
            near = self.positions[rng.integers(len(self.labels))]
            return np.asarray(near + rng.normal(0, 0.05, 3))
        direction = np.array(TEN_TWENTY[anchor]) + rng.normal(0, jitter, 3)
        return np.asarray(direction / np.linalg.norm(direction))

    def near(self, place: Float64, radius: float) -> Float32:
        """Return how an electric source outside the brain falls off over the electrodes, 1 at its place."""
        squared = ((self.positions - place) ** 2).sum(axis=1)
        return np.asarray((1 + squared / radius**2) ** -1.5, np.float32)

    def single(self, channel: int) -> Float32:
        """Return the field of something that happens at one electrode only."""
        field = np.zeros(len(self.positions), np.float32)
        field[channel] = 1
        return field

    def _scalp_patch(self, rng: np.random.Generator, centre: Float64, extent: float) -> Float64:
        dipoles = centre + rng.normal(0, 0.6 * extent, (8, 3))
        dipoles /= np.linalg.norm(dipoles, axis=1, keepdims=True)
        # Gyral crowns point outwards; sulcal walls tilt the whole patch.
        tilt = rng.normal(0, 1, 3)
        moments = dipoles + rng.uniform(0, 0.9) * tilt / np.linalg.norm(tilt)
        potential = three_shell_potential(self.positions, rng.uniform(0.74, 0.88) * dipoles, moments)
        return np.asarray(potential.sum(axis=1))

    def _depth_patch(self, rng: np.random.Generator, centre: Float64, extent: float) -> Float64:
        dipoles = centre + rng.normal(0, 0.6 * extent, (8, 3))
        moment = rng.normal(0, 1, 3)
        apart = self.positions[:, None] - dipoles
        squared = (apart**2).sum(axis=2) + (0.02 + 0.3 * extent) ** 2
        # A dipole layer close by plus a little net current, which a closed volume does not cancel locally.
        layer = (apart @ (moment / np.linalg.norm(moment))) / squared**1.5
        net = rng.uniform(0, 1.5) * (0.02 + 0.3 * extent) / squared
        return np.asarray((layer + rng.choice((-1, 1)) * net / (0.02 + 0.3 * extent)).sum(axis=1))


@dataclass(frozen=True)
class Scene:
    """Where and with which chance events are drawn: ``head``, ``rate_hz`` and the generator ``rng``."""

    head: Head
    rate_hz: float
    rng: np.random.Generator


def three_shell_potential(electrodes: Float64, dipoles: Float64, moments: Float64) -> Float64:
    """Return the potential on the unit scalp of dipoles inside a three-shell head.

    Closed form for one sphere: Mosher, Leahy and Lewis (1999), IEEE Trans. Biomed. Eng. 46:245, equation 13;
    three shells by Berg and Scherg's approximation. Arbitrary unit.

    Returns
    -------
    numpy.ndarray
        (electrodes, dipoles).
    """
    parts = [weight * _one_sphere(electrodes, factor * dipoles, moments) for factor, weight in _BERG]
    return np.asarray(np.sum(parts, axis=0))


def _one_sphere(r: Float64, rq: Float64, q: Float64) -> Float64:
    apart = r[:, None] - rq
    d = np.linalg.norm(apart, axis=2)
    r_rq, rq2 = r @ rq.T, (rq**2).sum(axis=1)
    c1 = (2 * (apart * rq).sum(axis=2) / d**3 + 1 / d - 1) / rq2
    c2 = (2 / d**3 + (d + 1) / (d * (d + 1 - r_rq))) / rq2
    return np.asarray((c1 - c2 * r_rq) * (rq * q).sum(axis=1) + c2 * rq2 * (r @ q.T))


def head(rng: np.random.Generator, layout: Layout, labels: tuple[str, ...]) -> Head:
    """Place the electrodes of a patient and draw the reference they are recorded against.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws where depth leads run, how electrodes deviate and the reference.
    layout : Layout
        ``"scalp"`` or ``"depth"``.
    labels : tuple of str
        Names of electrodes; empty for `SCALP_19` or `DEPTH_24`.

    Raises
    ------
    MontageError
        If a scalp label is no 10-20 electrode, or a depth label is not a lead's letters and a number.
    """
    labels = labels or (SCALP_19 if layout == "scalp" else DEPTH_24)
    recorded = _scalp_positions(rng, labels) if layout == "scalp" else _depth_positions(rng, labels)
    hidden = np.array([TEN_TWENTY[name] for name in (*_EARS, "CPz")])
    positions = np.concatenate([recorded, hidden])
    reference = _reference(rng, layout, len(labels))
    return Head(layout, labels, positions, reference, _neighbours(layout, labels, recorded))


def _scalp_positions(rng: np.random.Generator, labels: tuple[str, ...]) -> Float64:
    unknown = [name for name in labels if _OLD_NAMES.get(name, name) not in TEN_TWENTY]
    if unknown:
        msg = f"electrode {unknown[0]!r} is not in the 10-20 system; use layout 'depth' or names such as {SCALP_19}"
        raise MontageError(msg)
    ideal = np.array([TEN_TWENTY[_OLD_NAMES.get(name, name)] for name in labels])
    moved = ideal + rng.normal(0, 0.04, ideal.shape)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _split(label: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*\D)(\d+)", label)
    if match is None:
        msg = f"depth contact {label!r} has no number; name contacts by lead and number, such as LA1"
        raise MontageError(msg)
    return match[1], int(match[2])


def _depth_positions(rng: np.random.Generator, labels: tuple[str, ...]) -> Float64:
    leads: dict[str, tuple[Float64, Float64]] = {}
    positions = []
    for lead, contact in map(_split, labels):
        if lead not in leads:
            side = rng.choice((-1.0, 1.0))
            deep = np.array([side * rng.uniform(0.15, 0.35), rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.3)])
            course = np.array([side, 0, 0]) + rng.normal(0, 0.25, 3)
            leads[lead] = deep, rng.uniform(0.038, 0.06) * course / np.linalg.norm(course)
        deep, step = leads[lead]
        positions.append(deep + (contact - 1) * step)
    return np.array(positions)


def _reference(rng: np.random.Generator, layout: Layout, channels: int) -> Float32:
    """Draw average, linked ears, one site behind the vertex or, mostly in depth, an outer one."""
    matrix = np.eye(channels, channels + 3, dtype=np.float32)
    choice = rng.choice(("average", "ears", "site"), p=(0.4, 0.3, 0.3) if layout == "scalp" else (0.3, 0.1, 0.6))
    if choice == "average":
        matrix[:, :channels] -= 1 / channels
    elif choice == "ears":
        matrix[:, channels : channels + 2] -= 0.5
    else:
        matrix[:, channels + 2] -= 1
    return matrix


def _neighbours(layout: Layout, labels: tuple[str, ...], positions: Float64) -> npt.NDArray[np.int64]:
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    np.fill_diagonal(distance, np.inf)
    if layout == "depth":
        leads = np.array([_split(label)[0] for label in labels])
        distance[leads[:, None] != leads] += 10
    return np.asarray(distance.argmin(axis=1), np.int64)
