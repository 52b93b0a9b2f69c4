"""What of a stream is in no group, and why: in words that a person can check against the file or the amplifier."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from models.signal.chains import Pair, Spec, named
from models.signal.channels import Channel, Channels
from models.signal.electrodes import DERIVATION, TOGETHER, contacts, electrode

MOST_NAMED: Final = 12
"""Channels that an error names."""
CHOICES: Final = {
    "scalp": '"scalp" for 10-20 electrodes',
    "shaft": '"shaft" for leads such as LA1 to LA6',
}
_TEN_TEN: Final = re.compile(r"(N|FP|AF|F|FT|FC|T|TP|C|CP|P|PO|O|I|A|M)(Z|\d\d?)")
ABSENT: Final = "not in the stream"
COMMON: Final = "the common one"
UNNAMED: Final = "the sender names none of them, or another number of channels than it sends"
REFERENTIAL: Final = "export the channels against one reference, or name groups of the derivations that are there"


def key_of(labels: Sequence[str], index: int) -> str:
    """Return what a channel is called in a report: its label, with its number where that is shared or empty."""
    label = labels[index].strip()
    if not label:
        return f"channel {index + 1}"
    shared = sum(other.strip() == label for other in labels) > 1
    return f"{label} (channel {index + 1})" if shared else label


def group_reason(fewest: int) -> str:
    """Return why a group is left out that has fewer rows than this."""
    return f"group left out: fewer than {fewest} of its derivations have both electrodes"


def absent(spec: Spec, present: Collection[str]) -> dict[str, str]:
    """Return the electrodes that the montage names and the stream has not, with the reason."""
    return {name: ABSENT for name in named(spec) if name not in present}


def together(of_file: Mapping[str, str], of_montage: Mapping[str, str]) -> dict[str, str]:
    """Return what a file and its montage leave out, by name; why a channel of the file is not read is its reason.

    An electrode that is in the file, at another rate or without a scale, is not called absent as well.
    """
    there = {*map(electrode, of_file)}
    missed = {name: why for name, why in of_montage.items() if why != ABSENT or electrode(name) not in there}
    return {**of_file, **missed}


def unmade(pairs: Sequence[Pair], channels: Sequence[Channel]) -> dict[str, str]:
    """Return for derivations that no channels make, although both electrodes are there, why."""
    against = {channel.plus: channel.minus or COMMON for channel in channels if not channel.derivation}
    return {
        f"{plus}-{minus}": f"its electrodes have different references, {against[plus]} and {against[minus]}"
        if plus in against and minus in against
        else "not among the stream's derivations, nor the sum of neighbouring ones"
        for plus, minus in pairs
    }


def _references(channels: Sequence[Channel]) -> list[str]:
    """Return what electrodes are measured against, in order of the channels."""
    return list(dict.fromkeys(channel.minus or COMMON for channel in channels if not channel.derivation))


def unused(channel: Channel, electrodes: Collection[str]) -> str:
    """Return why a channel that could be used is not."""
    superfluous = channel.derivation and {channel.plus, channel.minus} <= set(electrodes)
    return DERIVATION if superfluous else "in no group"


def no_group(spec: Spec, labels: Sequence[str], channels: Channels, fewest: int) -> str:
    """Return why no group can be made of these channels, with a count of each reason, and what to do."""
    shown = ", ".join(label or '""' for label in labels[:MOST_NAMED]) + (", ..." if len(labels) > MOST_NAMED else "")
    kind = f'"{spec}"' if isinstance(spec, str) else "of your own"
    few = f"{fewest} derivations" if fewest > 1 else "a derivation"
    counts = Counter(channels.left_out.values())
    derivations = sum(channel.derivation for channel in channels.usable)
    if derivations:
        counts["already derivations"] = derivations
    reasons = [f"{count} {reason}" for reason, count in counts.most_common()]
    # As readers and acquire number channels that have no names, or not as many names as there are.
    if labels and all(label in {str(number), f"CH{number}"} for number, label in enumerate(labels, 1)):
        reasons.append(UNNAMED)
    if len(against := _references(channels.usable)) > 1:
        reasons.append(f"electrodes against different references: {', '.join(against)}")
    why = f" ({', '.join(reasons)})" if reasons else ""
    remedy = _remedy(spec, channels, labels)
    return f"montage {kind}: no group has {few} among the channels {shown or '(none)'}{why}; {remedy}"


def _remedy(spec: Spec, channels: Channels, labels: Sequence[str]) -> str:
    if any(channel.derivation for channel in channels.usable) or len(_references(channels.usable)) > 1:
        return REFERENTIAL
    # Nor does a name make electrodes of what is of two: an alias would hide it.
    if not channels.usable and {DERIVATION, TOGETHER} & set(channels.left_out.values()):
        return REFERENTIAL
    if channels.left_out and not channels.usable:
        # A channel of the wrong type stays left out under any name.
        named = [labels[index] for index, reason in channels.left_out.items() if not reason.startswith("of type")]
        how = f", also {_naming(spec, named, labels)}" if named else ""
        return f"give the channels the type EEG and the names of their electrodes{how}"
    # The user's own choice of montage is not suggested again.
    others = [text for name, text in CHOICES.items() if name != spec]
    unnamed = [labels[one.index] for one in channels.usable if not _is_named(spec, one)]
    naming = [f"name electrodes {_naming(spec, unnamed, labels)}"] if unnamed else []
    return f"choose {', '.join([*others, *naming])}, or name groups of your own"


def _naming(spec: Spec, named: Sequence[str], labels: Sequence[str]) -> str:
    """Show how a channel gets another name, or where it must get one of its own first."""
    example = next((label for label in named if label.strip() and labels.count(label) == 1), "")
    return f"with {_alias(spec, example)}" if example else "where the recording is made or exported, each its own"


def _is_named(spec: Spec, channel: Channel) -> bool:
    return bool(contacts([channel.plus]) if spec == "shaft" else _TEN_TEN.fullmatch(channel.plus.upper()))


def _alias(spec: Spec, label: str) -> str:
    """Show how a channel is named, by a label of this very stream, so that it can be copied."""
    return f'bed.condition.aliases = ["{label} = {"LA1" if spec == "shaft" else "Fp1"}", ...]'


def counted(left_out: Mapping[str, str]) -> str:
    """Return what is left out in one line, by reason, or "" where nothing is."""
    labels: dict[str, list[str]] = {}
    for label, reason in left_out.items():
        labels.setdefault(reason, []).append(label)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in labels.items())
