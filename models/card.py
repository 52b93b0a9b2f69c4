"""CARD.md: what a person should know before trusting a model, made from its manifest."""

from typing import Final

from models.manifest import Manifest

DETECTOR: Final = """\
Scores one group of five derivations over 1.5 s for an interictal epileptiform discharge (IED): SC, the dilated
residual network of iEDeaL in its paper variant, made small for one CPU thread.

## Limits
- Trained on simulated patients alone. No labelled patient recording took part, neither in training nor in the
  choice of the threshold; the few real recordings below were only looked at afterwards.
- One window of 1.5 s, no longer context: sharp normal variants (wickets, small sharp spikes) and sharp artefacts
  can be taken for discharges.
- Spikes that barely stand out of the background (less than about three times its standard deviation in every
  derivation) are mostly missed.
- Adult EEG; neonates, children, burst suppression and status epilepticus were never simulated.
"""

SLEEP: Final = """\
A plain spectral stager: relative band powers of the last 30 s, multinomial logistic regression, a forward filter
over stages. Causal, a result every 5 s, no look-ahead. A stand-in with known weaknesses, not a scorer.

## Limits
- Fitted on simulated nights alone; real hypnograms were only looked at afterwards.
- No eye or muscle channels: W, N1 and R resemble each other in EEG alone, and are often confused.
- Not a substitute for scoring by the AASM's rules.
"""


def render(manifest: Manifest, text: str) -> str:
    """Return the card: what it is, its limits, the figures measured, and how to make it again."""
    figures = "\n".join(f"| {name.replace('_', ' ')} | {value:.4g} |" for name, value in manifest.figures.items())
    points = "\n".join(f"- {k}: threshold {p.threshold:g}. {p.note}" for k, p in manifest.operating_points.items())
    return f"""# {manifest.name}

Research software, not a medical device. Not for diagnosis.

{text}
## Input
{manifest.channels} derivation(s) a group at {manifest.rate_hz:g} Hz, {manifest.window_samples} samples, band
{manifest.preprocessing.bandpass_hz[0]:g} to {manifest.preprocessing.bandpass_hz[1]:g} Hz, causal; unit:
{manifest.unit} ({manifest.normalisation}). Montages: {", ".join(manifest.montages)}.

## Figures
| measured | value |
|---|---|
{figures}

{points}

## Origin
- training data: {manifest.training_data}
- made on {manifest.date}, seed {manifest.seed}, by `{manifest.command}`
"""
