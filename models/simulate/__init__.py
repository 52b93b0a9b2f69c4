"""EEG with known truth: a background that a detector must not mistake, and discharges that it must find.

``simulate(seed, seconds)`` draws one recording; `Patient` goes on without end. Only numpy and scipy are used.
"""

from models.simulate.benign import BENIGN
from models.simulate.confounders import ARTEFACTS
from models.simulate.patient import SEGMENT_S, Patient, simulate
from models.simulate.sleep import Plan
from models.simulate.truth import STAGES, Confounder, Ied, IedKind, Layout, Simulated, Stage, StageSpan

KINDS = tuple(family.kind for family in (*BENIGN, *ARTEFACTS))
"""Kinds of confounder that a truth may name."""

__all__ = [
    "KINDS",
    "SEGMENT_S",
    "STAGES",
    "Confounder",
    "Ied",
    "IedKind",
    "Layout",
    "Patient",
    "Plan",
    "Simulated",
    "Stage",
    "StageSpan",
    "simulate",
]
