"""What a source inside the head looks like at each electrode."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import MontageError
from models.simulate.electrodes import (
    DEPTH_24,
    HIDDEN,
    SCALP_19,
    TEN_TWENTY,
    Float64,
    depth_positions,
    draw_reference,
    nearest,
    scalp_positions,
)
from models.simulate.truth import Float32, Layout

# Berg and Scherg (1994): a dipole in three shells is the sum of a few dipoles in one sphere, each moved inwards
# by a factor and weighted. Differs from the paper: two dipoles, fitted to the exact series (error below 0.01
# of its first 30 terms) for radii 0.88, 0.93, 1 and a skull that conducts 25 times less, not 80 times less.
_BERG = ((0.9887, 0.2095), (0.7543, 0.7257))


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
        # Scaled as recorded, and with its sign: "positive" and "1" shall mean the same whatever the reference.
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
        # As of a dipole at depth `radius` below its place; no skull lies between, and no other source cancels it.
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
        # Cortex lies 12 to 26 % of the radius below the scalp.
        potential = three_shell_potential(self.positions, rng.uniform(0.74, 0.88) * dipoles, moments)
        return np.asarray(potential.sum(axis=1))

    def _depth_patch(self, rng: np.random.Generator, centre: Float64, extent: float) -> Float64:
        dipoles = centre + rng.normal(0, 0.6 * extent, (8, 3))
        moment = rng.normal(0, 1, 3)
        apart = self.positions[:, None] - dipoles
        # Softened by the patch's own size: a contact inside a patch would see an infinite field.
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
    # d, r_rq, c1 and c2 are the paper's symbols.
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
        If there are fewer than two electrodes, a scalp label is no 10-20 electrode, or a depth label is not a lead's
        letters and a number.
    """
    labels = labels or (SCALP_19 if layout == "scalp" else DEPTH_24)
    recorded = scalp_positions(rng, labels) if layout == "scalp" else depth_positions(rng, labels)
    # One electrode against the average is nothing, and a discharge is measured between neighbours.
    if len(labels) < 2:
        raise MontageError(f"{labels[0]!r} alone cannot be simulated; name at least two electrodes")
    hidden = np.array([TEN_TWENTY[name] for name in HIDDEN])
    positions = np.concatenate([recorded, hidden])
    reference = draw_reference(rng, layout, len(labels))
    return Head(layout, labels, positions, reference, nearest(layout, labels, recorded))
