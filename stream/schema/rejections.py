"""Why a window is not scored: the words of `state/quality`, `status` and the metrics, each with what it means."""

from typing import Final

REJECTIONS: Final = {
    "start": "the filters settle",
    "gap": "samples are missing",
    "signal": "electrodes are flat, at the rail or send no number",
    "amplitude": "the amplitude is not that of EEG",
    "movement": "movement, too strong to be judged",
    "loose": "an electrode is loose",
    "dry": "electrodes are dry or make poor contact",
    "noise": "broadband noise over the whole group",
    "muscle": "muscle over the whole group",
    "output": "the network's answer is no number",
}

PASSING: Final = frozenset({"movement", "muscle"})
"""What a patient who moves, chews or speaks makes: it passes by itself, and no electrode needs anybody."""


def explained(groups: dict[str, str]) -> str:
    """Return groups and the reason of each in one line; groups of one reason stand together."""
    of_reason: dict[str, list[str]] = {}
    for group, reason in groups.items():
        of_reason.setdefault(reason, []).append(group)
    return "; ".join(f"{', '.join(names)}: {REJECTIONS.get(reason, reason)}" for reason, names in of_reason.items())
