"""What became of a file: how many seconds of each group were analysed, and why the others were not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from stream.analysis import Scored
from stream.pipeline import Outcome
from stream.records import Gap, Hop
from stream.schema.rejections import REJECTIONS
from stream.terms import ARTEFACTS

ANALYSED: Final = "analysed"
WORDS: Final = REJECTIONS | {
    "amplitude": f"{REJECTIONS['amplitude']}, is the unit right? (bed.acquire.unit)",
    "start": "before the first whole window of settled filters",
    "gap": "behind a gap",
    "end": "behind the last window",
    "not_recorded": "not recorded",
}
"""What the reasons of rejected windows mean."""


@dataclass(slots=True)
class Account:
    """Counts samples by group and fate; every sample of the file is in every group once.

    `at_fault` counts, by group, samples of each electrode that may have spoilt it; `left_out` says why channels,
    electrodes, derivations and groups are not there; `bridged` counts samples of each electrode while it was lost and
    its chains were bridged; `artefacts` would else have been events;
    `doubts` says which electrodes contradict the others; `carried` is what `saved` returned of an interrupted run.
    """

    rate_hz: float = 0.0
    groups: dict[str, Counter[str]] = field(default_factory=dict)
    at_fault: dict[str, Counter[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    carried: dict[str, Any] = field(default_factory=dict)
    artefacts: Counter[str] = field(default_factory=Counter)
    bridged: Counter[str] = field(default_factory=Counter)
    doubts: str = ""
    _warm_up: int = 0
    _warm_from: int = 0
    _began_with: str = "start"

    def begin(self, rate_hz: float, groups: list[str], left_out: Mapping[str, str], warm_up_s: float) -> None:
        """Begin a file; `warm_up_s` is how long filters settle, and one window."""
        self._warm_up = self._warm_from = round(warm_up_s * rate_hz)
        self._began_with, self.doubts = "start", ""
        self.rate_hz, self.left_out = rate_hz, dict(left_out)
        fates, at_fault = self.carried.get("groups", {}), self.carried.get("at_fault", {})
        self.groups = {name: Counter(fates.get(name, {})) for name in groups}
        self.at_fault = {name: Counter(at_fault.get(name, {})) for name in groups}
        self.artefacts = Counter(self.carried.get("artefacts", {}))
        self.bridged = Counter(self.carried.get("bridged", {}))

    def add(self, outcome: Outcome, scored: Scored | None = None, bridged: Sequence[str] = ()) -> None:
        """Count what one hop or gap came to, while electrodes were bridged."""
        self.artefacts.update(outcome.artefacts)
        item = scored.due.item if scored else None
        windows = [*item.rejected, *scored.scores.rejected] if scored and isinstance(item, Hop) else []
        if isinstance(item, Gap):
            self._warm_from, self._began_with = item.end + self._warm_up, "gap"
        for piece in outcome.coverage:
            # While filters settle every channel is invalid, but no channel is at fault.
            settling = piece.first < self._warm_from
            why = {
                one.group: self._began_with if settling and one.reason == "signal" else one.reason for one in windows
            }
            length = piece.end - piece.first
            self.bridged.update(dict.fromkeys(bridged, length))
            for name, counts in self.groups.items():
                # A hop counts as analysed if one group is; the other groups have their own reasons.
                fate = ANALYSED if piece.fate == ANALYSED else piece.reason or piece.fate
                counts[why.get(name, fate)] += length
            for window in windows if not settling else []:
                self.at_fault[window.group].update(dict.fromkeys(window.channels, length))

    def saved(self) -> dict[str, Any]:
        """Return the counts for JSON, from which an interrupted run continues."""
        parts = {"groups": self.groups, "at_fault": self.at_fault}
        counted = {part: {name: dict(counts) for name, counts in of.items()} for part, of in parts.items()}
        return {**counted, "artefacts": dict(self.artefacts), "bridged": dict(self.bridged)}

    @property
    def nothing_analysed(self) -> bool:
        """Whether not one sample of any group was analysed."""
        return not any(counts[ANALYSED] for counts in self.groups.values())

    def summary(self) -> dict[str, Any]:
        """Return the account in seconds, for a program."""
        return {
            "seconds": sum(next(iter(self.groups.values()), Counter()).values()) / self.rate_hz,
            "groups": {
                name: {
                    "analysed_s": counts[ANALYSED] / self.rate_hz,
                    "not_analysed_s": self._seconds(counts, but=ANALYSED),
                    "electrodes_s": self._seconds(self.at_fault[name]),
                }
                for name, counts in self.groups.items()
            },
            "artefacts": dict(self.artefacts),
            "left_out": self.left_out,
            "bridged_s": self._seconds(self.bridged),
            "electrodes_doubtful": self.doubts,
        }

    def lines(self) -> list[str]:
        """Return the account for a person: a line for each group, groups of one fate together, and what is left out."""
        alike: dict[str, list[str]] = {}
        for name, counts in self.groups.items():
            alike.setdefault(self._line(name, counts), []).append(name)
        lines = [f"{', '.join(names)}: {text}" for text, names in alike.items()]
        found = ", ".join(f"{count} {ARTEFACTS[name]}" for name, count in self.artefacts.items())
        artefacts = f"no events, though they look like discharges: {found}"
        return [*lines, *([artefacts] if found else []), *self.remarks()]

    def remarks(self) -> list[str]:
        """Return for a person what is odd about the file: what is left out, was lost for a while, or is in doubt."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            by_reason.setdefault(reason, []).append(name)
        left_out = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
        bridged = ", ".join(f"{label} {seconds:.1f} s" for label, seconds in self._seconds(self.bridged).items())
        doubts = f"in doubt: {self.doubts}"
        return [
            *([f"left out {left_out}"] if left_out else []),
            *([f"bridged while lost: {bridged}"] if bridged else []),
            *([doubts] if self.doubts else []),
        ]

    def _line(self, name: str, counts: Counter[str]) -> str:
        total_s, analysed_s = sum(counts.values()) / self.rate_hz, counts[ANALYSED] / self.rate_hz
        rest = [f"{WORDS.get(why, why)} {s:.1f} s" for why, s in self._seconds(counts, but=ANALYSED).items()]
        electrodes = ", ".join(self.at_fault[name])
        what = f"analysed {analysed_s:.1f} of {total_s:.1f} s" if analysed_s else f"nothing analysed of {total_s:.1f} s"
        return what + (f" ({'; '.join(rest)})" if rest else "") + (f"; electrodes {electrodes}" if electrodes else "")

    def _seconds(self, counts: Counter[str], but: str = "") -> dict[str, float]:
        return {why: samples / self.rate_hz for why, samples in counts.most_common() if why != but and samples}
