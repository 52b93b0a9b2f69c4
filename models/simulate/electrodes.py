"""Where electrodes are on a sphere of radius 1 and inside it, and against what they are recorded."""

import re
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.errors import MontageError
from models.signal.electrodes import OLD_NAMES
from models.simulate.truth import Float32, Layout

Float64: TypeAlias = npt.NDArray[np.float64]

SCALP_19 = (
    *("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz"),
    *("C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2"),
)
HIDDEN = ("A1", "A2", "CPz")  # they only serve as reference: ears and a site behind the vertex
DEPTH_24 = tuple(f"{lead}{contact}" for lead in ("LA", "LH", "RA") for contact in range(1, 9))


def _on_sphere(inclination_deg: float, azimuth_deg: float) -> tuple[float, float, float]:
    """Turn angle from the vertex and angle from the nose (left positive) into x right, y front, z up."""
    a, b = np.deg2rad(inclination_deg), np.deg2rad(azimuth_deg)
    return float(-np.sin(a) * np.sin(b)), float(np.sin(a) * np.cos(b)), float(np.cos(a))


def _between(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float, float]:
    middle = (np.array(a) + np.array(b)) / np.linalg.norm(np.array(a) + np.array(b))
    return float(middle[0]), float(middle[1]), float(middle[2])


def _ten_twenty() -> dict[str, tuple[float, float, float]]:
    """Lay the 10-20 electrodes out on the unit sphere, 10 % of an arc being 18 degrees."""
    # The 10-20 system: steps of 10 and 20 % of the way round, on a sphere.
    ring = {"Fp": 18.0, "F7": 54.0, "T7": 90.0, "P7": 126.0, "O": 162.0}
    at = {"Cz": _on_sphere(0, 0), "Fz": _on_sphere(36, 0), "Pz": _on_sphere(36, 180), "CPz": _on_sphere(18, 180)}
    at |= {"Fpz": _on_sphere(72, 0), "Oz": _on_sphere(72, 180)}
    for side, odd in ((1.0, True), (-1.0, False)):
        names = ("Fp1", "F7", "T7", "P7", "O1") if odd else ("Fp2", "F8", "T8", "P8", "O2")
        at |= {name: _on_sphere(72, side * angle) for name, angle in zip(names, ring.values(), strict=True)}
        low = ("F9", "T9", "P9") if odd else ("F10", "T10", "P10")
        at |= {name: _on_sphere(92, side * angle) for name, angle in zip(low, (54, 90, 126), strict=True)}
        at["C3" if odd else "C4"] = _on_sphere(36, side * 90)
        # F3 is defined as half way between Fz and F7, and P3 likewise.
        at["F3" if odd else "F4"] = _between(at["Fz"], at[names[1]])
        at["P3" if odd else "P4"] = _between(at["Pz"], at[names[3]])
        at["A1" if odd else "A2"] = _on_sphere(112, side * 92)
        at["M1" if odd else "M2"] = _on_sphere(108, side * 108)
    return at


TEN_TWENTY = _ten_twenty()


def scalp_positions(rng: np.random.Generator, labels: tuple[str, ...]) -> Float64:
    """Return where 10-20 electrodes were glued on, (channels, 3), or raise `MontageError`."""
    unknown = [name for name in labels if OLD_NAMES.get(name, name) not in TEN_TWENTY]
    if unknown:
        msg = f"electrode {unknown[0]!r} is not in the 10-20 system; use layout 'depth' or names such as {SCALP_19}"
        raise MontageError(msg)
    ideal = np.array([TEN_TWENTY[OLD_NAMES.get(name, name)] for name in labels])
    # 0.04 head radii, about 4 mm: how exactly electrodes are placed by tape measure.
    moved = ideal + rng.normal(0, 0.04, ideal.shape)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _split(label: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*\D)(\d+)", label)
    if match is None:
        msg = f"depth contact {label!r} has no number; name contacts by lead and number, such as LA1"
        raise MontageError(msg)
    return match[1], int(match[2])


def depth_positions(rng: np.random.Generator, labels: tuple[str, ...]) -> Float64:
    """Draw where depth leads run, (channels, 3), or raise `MontageError`; leads come from the side."""
    leads: dict[str, tuple[Float64, Float64]] = {}
    positions = []
    for lead, contact in map(_split, labels):
        if lead not in leads:
            side = rng.choice((-1.0, 1.0))
            # Deep ends lie 14 to 32 mm beside the midline; leads come in from the side.
            deep = np.array([side * rng.uniform(0.15, 0.35), rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.3)])
            course = np.array([side, 0, 0]) + rng.normal(0, 0.25, 3)
            # Contacts 3.5 to 5.5 mm apart in a head of 92 mm radius, as on common leads.
            leads[lead] = deep, rng.uniform(0.038, 0.06) * course / np.linalg.norm(course)
        deep, step = leads[lead]
        positions.append(deep + (contact - 1) * step)
    return np.array(positions)


def draw_reference(rng: np.random.Generator, layout: Layout, channels: int) -> Float32:
    """Draw what turns potentials into channels, (channels, electrodes).

    Average, linked ears, one site behind the vertex or, mostly in depth, an outer one.
    """
    matrix = np.eye(channels, channels + 3, dtype=np.float32)
    choice = rng.choice(("average", "ears", "site"), p=(0.4, 0.3, 0.3) if layout == "scalp" else (0.3, 0.1, 0.6))
    if choice == "average":
        matrix[:, :channels] -= 1 / channels
    elif choice == "ears":
        # Columns after the channels are those of `HIDDEN`, in its order.
        matrix[:, channels : channels + 2] -= 0.5
    else:
        matrix[:, channels + 2] -= 1
    return matrix


def nearest(layout: Layout, labels: tuple[str, ...], positions: Float64) -> npt.NDArray[np.int64]:
    """Return each channel's nearest other channel, on its own lead in a depth layout."""
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    np.fill_diagonal(distance, np.inf)
    if layout == "depth":
        leads = np.array([_split(label)[0] for label in labels])
        # Farther than anything in a head: another lead is a neighbour only where a lead has a single contact.
        distance[leads[:, None] != leads] += 10
    return np.asarray(distance.argmin(axis=1), np.int64)
