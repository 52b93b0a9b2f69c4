"""CARD.md: what a person should know before trusting a model, made from its manifest."""

from typing import Final

from models.errors import ModelError
from models.zoo.manifest import Manifest

SLEEP: Final = """\
A plain spectral stager: relative band powers of the last 30 s, multinomial logistic regression, a forward filter
over stages. Causal, a result every 5 s, no look-ahead. A stand-in with known weaknesses, not a scorer.

## Limits
- Fitted on simulated nights alone; real hypnograms were only looked at afterwards.
- No eye or muscle channels: W, N1 and R resemble each other in EEG alone, and are often confused.
- Not a substitute for scoring by the AASM's rules.
"""

SLEEP_CONTEXT: Final = """\
Stages the last 30 s by AASM's W, N1, N2, N3 and R every 5 s, causal, without look-ahead: band powers, spindles, alpha
and slow waves, set beside the same in the minutes before, a small perceptron, and a forward filter whose transitions
were counted in people's nights (Metzner et al. 2021). A derivation of the scalp or many; each second their median.

How much an epoch counts in the filter (`weighting`, 2) is no result of the command below, which takes it as given: it
was chosen before, on simulated people who took no part in the fit (docs/sleep.md).

## Limits
- No patient's night took part in the fit: sleepers are simulated, and only waking EEG is of people.
- N1 is the stage most often missed, and R is the least tried: no eye or muscle channels are looked at.
- The first minutes know no past to compare with; the first stage comes after 30 s, and is the least sure.
- Confidence is the filter's belief, softened until it came true as often as it said, of simulated people who are
  stranger than those of the fit. Of real people it was looked at on three excerpts alone (docs/sleep.md).
- A stage that lasts a minute or two, as in the demo, is followed late.
- Depth leads and streams in no known unit are staged without amplitudes, which decide much about N3.
- Not a substitute for scoring by the AASM's rules.
"""


# Headings between which stands all that an evaluation may renew.
FIGURES, ORIGIN = "\n## Figures\n", "\n## Origin\n"


def render(manifest: Manifest, text: str) -> str:
    """Return the card: what it is, its limits, the figures measured, and how to make it again."""
    return f"""# {manifest.name}

Research software, not a medical device. Not for diagnosis.

{text}
## Input
{manifest.channels} derivation(s) a group at {manifest.rate_hz:g} Hz, {manifest.window_samples} samples, band
{manifest.preprocessing.bandpass_hz[0]:g} to {manifest.preprocessing.bandpass_hz[1]:g} Hz, causal; unit:
{manifest.unit} ({manifest.normalisation}). Montages: {", ".join(manifest.montages)}.
{FIGURES}{_measured(manifest)}{ORIGIN}- training data: {manifest.training_data}
- made on {manifest.date}, seed {manifest.seed}, by `{manifest.command}`
"""


def renewed(card: str, manifest: Manifest) -> str:
    """Return a card with its figures and operating points those of the manifest, the rest as it was.

    Raises
    ------
    ModelError
        if the card lacks the headings between which they stand
    """
    # What stands outside the headings may have been written by a person, and stays to the letter.
    before, figures, rest = card.partition(FIGURES)
    _, origin, after = rest.partition(ORIGIN)
    if not (figures and origin):
        raise ModelError(f"CARD.md of {manifest.name}: has no headings Figures and Origin; fetch the model again")
    return f"{before}{FIGURES}{_measured(manifest)}{ORIGIN}{after}"


def _measured(manifest: Manifest) -> str:
    figures = "\n".join(f"| {name.replace('_', ' ')} | {value:.4g} |" for name, value in manifest.figures.items())
    points = "\n".join(f"- {k}: threshold {p.threshold:g}. {p.note}" for k, p in manifest.operating_points.items())
    parts = [f"| measured | value |\n|---|---|\n{figures}\n\n{points}\n"]
    # 1 is a model that nobody calibrated: there is nothing to report.
    if manifest.temperature != 1:
        parts.append(
            f"Calibrated: logits were divided by {manifest.temperature:.4g}, which the weights hold already.\n"
        )
    if manifest.operating_table:
        parts.append(_operating_table(manifest))
    return "\n".join(parts)


def _operating_table(manifest: Manifest) -> str:
    rows = "\n".join(
        f"| {row.montage} | {row.threshold:g} | {row.sensitivity:.3f} | {row.false_alarms_per_h:.1f} |"
        for row in manifest.operating_table
    )
    return f"""What other thresholds cost on held-out simulated patients; put one into `merge.threshold` of a bed.

| montage | threshold | sensitivity | false alarms/h |
|---|---|---|---|
{rows}
"""
