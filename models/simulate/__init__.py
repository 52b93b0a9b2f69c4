"""EEG with known truth: a background that a detector must not mistake, and discharges that it must find.

``simulate(seed, seconds)`` draws one recording; `Patient` goes on without end. Only numpy and scipy are used.

What is drawn once per patient, that is per seed: electrode positions and reference; amplitude (5 to 40 uV on the
scalp, 30 to 300 in depth, log-uniform); 1/f^b with b 0.8 to 2.2 in power; size, pace, width and sharpness of every
rhythm; which benign variants and artefacts occur and how often; mains; one to three foci, each with its shape,
polarity (negative in 87 % on the scalp) and usual size (2 to 8 times the background's root mean square in its
strongest neighbour derivation on the scalp, 2 to 12 in depth, log-uniform). So many short recordings of different
seeds teach more than one long one.

About a quarter of the patients are ill beside that (`illness`): slowing, rhythmic delta, blunt triphasic waves, low
voltage, burst suppression or a breach as background, or periodic discharges.

The parts: `sleep` says which stage, `background`, `rhythms`, `benign`, `confounders` and `heart` make what is no
discharge, and `abnormal` what is none in the ill; `discharges`, `painting`, `epilepsy` and `periodic` make what is;
`fields` carries all of it to the electrodes, `patient` adds it up and `reel` cuts it.

Numbers without a source beside them are choices of ours, made by looking at the result; recordings of patients took no
part in any of them.
"""

from models.simulate.arousals import Arousals
from models.simulate.benign import BENIGN
from models.simulate.confounders import ARTEFACTS
from models.simulate.illness import DISORDERS, Illness
from models.simulate.patient import SEGMENT_S, Patient, simulate
from models.simulate.sleep import Plan
from models.simulate.truth import Abnormality, Confounder, Ied, IedKind, IllnessName, Layout, Simulated, StageSpan
from models.sleep_stages import STAGES, Stage

KINDS = (*(family.kind for family in (*BENIGN, *ARTEFACTS)), Arousals.kind, *(disorder.name for disorder in DISORDERS))
"""Kinds of confounder that a truth may name."""

__all__ = [
    "KINDS",
    "SEGMENT_S",
    "STAGES",
    "Abnormality",
    "Confounder",
    "Ied",
    "IedKind",
    "Illness",
    "IllnessName",
    "Layout",
    "Patient",
    "Plan",
    "Simulated",
    "Stage",
    "StageSpan",
    "simulate",
]
