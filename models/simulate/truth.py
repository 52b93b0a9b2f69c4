"""What a simulation returns: samples and, exactly known, everything that is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from models.sleep_stages import Stage

Layout: TypeAlias = Literal["scalp", "depth"]
IedKind: TypeAlias = Literal["spike", "sharp", "spike-wave", "sharp-wave", "polyspike", "lpd", "gpd", "bipd"]
IllnessName: TypeAlias = Literal[
    "generalised-slowing",
    "focal-slowing",
    "grda",
    "lrda",
    "firda",
    "rhythmic-theta",
    "triphasic",
    "low-voltage",
    "burst-suppression",
    "breach",
    "lpd",
    "gpd",
    "bipd",
]
Float32: TypeAlias = npt.NDArray[np.float32]

LAYOUTS: Final[Mapping[str, Layout]] = {"scalp": "scalp", "shaft": "depth"}
"""Which layout of electrodes a montage is made of."""


@dataclass(frozen=True, slots=True)
class Ied:
    """One interictal epileptiform discharge, as it was put in.

    Attributes
    ----------
    peak : int
        Absolute sample index of the main spike's peak in its strongest electrode.
    onset, end : int
        Absolute sample indices between which that electrode's discharge exceeds 5 % of its peak.
    kind : IedKind
        ``"spike"`` (20 to 70 ms) or ``"sharp"`` (70 to 200 ms) without a slow wave, ``"spike-wave"`` or
        ``"sharp-wave"`` with one, ``"polyspike"``; periodic ones are ``"lpd"`` (lateralised), ``"gpd"``
        (generalised) or ``"bipd"`` (bilateral independent).
    amplitude_uv : float
        Signed amplitude at the peak in the strongest electrode, as referenced.
    ratio : float
        Peak of the strongest neighbour derivation over the background's root mean square there and then.
    electrode : str
        Label of the strongest electrode.
    footprint : numpy.ndarray
        float32 (channels,): each channel's value at the peak over the strongest electrode's.
    focus : int
        Which of the patient's foci it came from.
    run : bool
        Whether it is part of a run, whose members may lie closer together than single discharges.
    """

    peak: int
    onset: int
    end: int
    kind: IedKind
    amplitude_uv: float
    ratio: float
    electrode: str
    footprint: Float32
    focus: int
    run: bool


class Confounder(NamedTuple):
    """Something in the recording that is no IED: artefact, benign variant or sleep graphoelement.

    ``onset`` and ``end`` are absolute sample indices; ``kind`` is one of `models.simulate.KINDS`.
    """

    kind: str
    onset: int
    end: int


class Abnormality(NamedTuple):
    """A pattern of an ill patient's background, or their periodic discharges.

    ``kind`` is what it is called, ``frequency_hz`` its pace or the centre of its band, 0 where it has none, and
    ``electrode`` where it is largest.
    """

    kind: str
    frequency_hz: float
    electrode: str


class StageSpan(NamedTuple):
    """A stretch of one sleep stage, from sample ``first`` up to but not including ``end``."""

    stage: Stage
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """A piece of simulated EEG with its truth.

    Attributes
    ----------
    samples : numpy.ndarray
        float32 (channels, samples), microvolts.
    discharges : numpy.ndarray
        float32 (channels, samples): the part of ``samples`` that IEDs made, and nothing else.
    rate_hz : float
        Sampling rate.
    labels : tuple of str
        Electrode names, one a row.
    first : int
        Absolute sample index of column 0.
    ieds : tuple of Ied
        Those whose peak lies in this piece.
    confounders : tuple of Confounder
        Those that begin in this piece.
    stages : tuple of StageSpan
        Sleep stages, together covering the piece. Patients too ill to sleep have stages in name only.
    abnormalities : tuple of Abnormality
        What is abnormal about the patient's EEG, sporadic discharges aside; empty for three patients of four.
    """

    samples: Float32
    discharges: Float32
    rate_hz: float
    labels: tuple[str, ...]
    first: int
    ieds: tuple[Ied, ...]
    confounders: tuple[Confounder, ...]
    stages: tuple[StageSpan, ...]
    abnormalities: tuple[Abnormality, ...] = ()
