"""The rate of a recording whose channels have several: that of its EEG, whatever else is sampled faster.

Polygraphs export an ECG or a trigger at 1,024 Hz beside EEG at 256 Hz, and EMG or EOG at rates of their own. So what
the channels are is asked before their rates are compared.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.errors import MontageError
from models.signal.chains import Spec, named
from models.signal.electrodes import TEN_TWENTY, contacts, electrode, may_be_eeg

MIN_CONTACTS: Final = 3
"""Fewer contacts make no group of a depth lead, and "E1" and "E2" alone are the eyes of a sleep recording."""
MIN_NAMED: Final = 2
"""A group of one's own may be one derivation."""
MIN_DECLARED: Final = 8
"""So many channels that a file calls EEG are its EEG, whatever else may look like an electrode."""
DECLARED: Final = frozenset({"EEG", "SEEG", "ECOG", "IEEG"})
"""Types that say "EEG"."""


@dataclass(frozen=True, slots=True)
class EegRate:
    """The rate of the EEG, the channels that have it (indices), and by label why the others are left out."""

    rate_hz: float
    kept: tuple[int, ...]
    left_out: dict[str, str]


def choose(
    labels: Sequence[str],
    types: Sequence[str],
    rates_hz: Sequence[float],
    montage: Spec = "",
    aliases: Mapping[str, str] | None = None,
) -> EegRate:
    """Return the rate that most EEG channels have; of two rates with as many, the higher.

    Parameters
    ----------
    labels, types, rates_hz
        one each for a channel, in the file's order; a type is "" where the file states none
    montage
        what the recording is wanted for, where that is known: "scalp", "shaft" or groups of one's own; then such
        electrodes decide, if there are some, and not the leads beside them, or the scalp's
    aliases
        electrodes by the labels that channels have in their place

    Returns
    -------
    EegRate
        with every channel of that rate among the `kept`, EEG or not: what a channel is for is the montage's to say
    """
    eeg = _eeg_channels([(aliases or {}).get(label, label) for label in labels], types, montage)
    counts = Counter(rates_hz[channel] for channel in eeg)
    # Of two equal counts the higher rate: samples dropped by mistake are gone, while too high a rate is only resampled.
    rate_hz = max(counts, key=lambda rate: (counts[rate], rate), default=0.0)
    left_out = {
        labels[channel] or f"channel {channel + 1}": _reason(rate, rate_hz, is_eeg=channel in eeg)
        for channel, rate in enumerate(rates_hz)
        if rate != rate_hz
    }
    return EegRate(rate_hz, tuple(k for k, rate in enumerate(rates_hz) if rate == rate_hz), left_out)


def _eeg_channels(labels: Sequence[str], types: Sequence[str], montage: Spec) -> frozenset[int]:
    """Return the channels that are EEG by name or type; where none is, those that may be; else all."""
    possible = [k for k, (label, kind) in enumerate(zip(labels, types, strict=True)) if may_be_eeg(label, kind)]
    names = {k: _electrode(labels[k]) for k in possible}
    of_leads = {
        contact.name for lead in contacts(list(names.values())) if len(lead) >= MIN_CONTACTS for contact in lead
    }
    of_scalp = {name for name in names.values() if name in TEN_TWENTY}
    if isinstance(montage, str):
        wanted, fewest = {"scalp": of_scalp, "shaft": of_leads - of_scalp}.get(montage, set()), MIN_CONTACTS
    else:
        wanted, fewest = _of_groups(montage) & set(names.values()), MIN_NAMED
    if len(wanted) >= fewest:
        return frozenset(k for k in possible if names[k] in wanted)
    declared = [k for k in possible if types[k].upper() in DECLARED]
    # Inputs that nobody named ("X1" to "X24") look like the contacts of a lead.
    if len(declared) >= MIN_DECLARED:
        return frozenset(declared)
    known = [k for k in possible if k in declared or names[k] in of_leads or names[k] in TEN_TWENTY]
    # A file whose labels say nothing ("CH1", "Signal 2") still has a rate.
    return frozenset(known or possible or range(len(labels)))


def _of_groups(groups: Mapping[str, Sequence[str]]) -> set[str]:
    try:
        return set(named(groups))
    except MontageError:
        # Whoever makes the montage says what is wrong with it.
        return set()


def _electrode(label: str) -> str:
    """Return the electrode of a channel, of a derivation ("Fp1-F7") the first one."""
    whole = electrode(label)
    return electrode(whole.partition("-")[0]) if "-" in whole else whole


def _reason(rate_hz: float, eeg_hz: float, *, is_eeg: bool) -> str:
    return f"sampled at {rate_hz:g} Hz, {'most of the' if is_eeg else 'the'} EEG at {eeg_hz:g} Hz"
