"""The montage of one bed's stream: by its settings, its channels' labels, and the types and units that they declare."""

from collections.abc import Mapping, Sequence
from typing import Final

from models.errors import MontageError
from models.signal.electrodes import TEN_TWENTY, electrode
from models.signal.left_out import MOST_NAMED, counted
from models.signal.montage import Montage, build
from models.signal.sleep_montage import build_for_sleep
from models.signal.units import other_quantities
from stream.config.keys import Bed, Config
from stream.detect.models import OFF, detector_name
from stream.records import Source

ON_THE_SCALP: Final = frozenset(name for name in TEN_TWENTY if name[0] not in "AM")
"""Electrodes of the 10-20 system; ears and mastoids are references, and are often declared so."""


def is_sleep_alone(config: Config, bed: Bed) -> bool:
    """Report whether nothing but sleep is looked for on a bed."""
    return detector_name(config, bed) == OFF


def bed_montage(config: Config, bed: Bed, source: Source, rows: int, dead: Mapping[int, str]) -> Montage:
    """Make the montage of a bed's stream.

    Parameters
    ----------
    rows
        derivations of each group, as the network sees them
    dead
        why channels of a file, by index, hold no signal at all

    Raises
    ------
    MontageError
        if the stream's labels make no group
    """
    as_declared = bed.acquire.channel_type == "auto"
    sleep = is_sleep_alone(config, bed)
    # A unit that is set holds for all channels.
    useless = {**(other_quantities(source.units) if bed.acquire.unit == "auto" else {}), **dead}
    try:
        return _built(bed, source, source.types if as_declared else (), rows, useless, sleep=sleep)
    except MontageError as problem:
        if as_declared and _is_usable_whatever_the_types(bed, source, rows, useless, sleep=sleep):
            remedy = 'set bed.acquire.channel_type to "EEG" to take channels by their labels, whatever their type'
            raise MontageError(f"{problem}; or {remedy}") from None
        raise


def declared_away(bed: Bed, montage: Montage) -> str:
    """Return which electrodes of the scalp by their labels are left out for what they declare, "" for none."""
    if bed.condition.montage != "scalp":
        return ""
    left_out = {
        label: reason
        for label, reason in montage.left_out.items()
        if electrode(label) in ON_THE_SCALP and reason.startswith(("of type ", 'in "'))
    }
    remedy = 'set bed.acquire.channel_type to "EEG" if they are EEG, else give them other names'
    return f"electrodes by their labels, and left out: {counted(left_out)}; {remedy}" if left_out else ""


def _is_usable_whatever_the_types(bed: Bed, source: Source, rows: int, useless: dict[int, str], *, sleep: bool) -> bool:
    try:
        _built(bed, source, (), rows, useless, sleep=sleep)
    except MontageError:
        return False
    return True


def _built(
    bed: Bed, source: Source, types: Sequence[str], rows: int, useless: dict[int, str], *, sleep: bool
) -> Montage:
    labels = _labels(bed, source)
    # Sleep recordings have no chains. Whoever names leads or groups of their own means these.
    if sleep and bed.condition.montage == "scalp":
        return build_for_sleep(labels, types, useless)
    return build(bed.condition.montage, labels, types, rows, useless)


def _labels(bed: Bed, source: Source) -> list[str]:
    """Return the channels' labels, with electrodes in place of those that have an alias."""
    aliases = bed.condition.electrodes()
    unknown = [label for label in aliases if label not in source.labels]
    if unknown:
        present = ", ".join(source.labels[:MOST_NAMED])
        raise MontageError(f'bed.condition.aliases: no channel is called "{unknown[0]}"; the stream has {present}, ...')
    return [aliases.get(label, label) for label in source.labels]
