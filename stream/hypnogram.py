"""Sleep alone, of a file: an epoch every 30 s through the very stages that run live, and why epochs have no stage."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from models.errors import MontageError
from stream.account import WORDS, Account
from stream.config.keys import Config
from stream.detect.models import Detectors
from stream.errors import InputError
from stream.findings import EPOCH_S, Stretch
from stream.records import SleepState
from stream.score import open_file, stretches_of
from stream.terms import Stage

TOO_LITTLE: Final = "too little usable signal in it yet"
NO_WHOLE_EPOCH: Final = "behind the last whole epoch"
TOLERANCE_S: Final = 0.05
"""How far the end of an epoch may lie from a multiple of 30 s: at an odd rate no sample stands exactly there."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """30 s of a recording: its stage and the probability of that, 0 where none is known."""

    onset_s: float
    duration_s: float
    stage: Stage
    confidence: float
    ready: bool


@dataclass(frozen=True, slots=True)
class Hypnogram:
    """A file's epochs, and how many seconds have no stage for which reason.

    `derivations` are those that sleep was staged from, `left_out` says why other channels are none of them.
    """

    epochs: tuple[Epoch, ...]
    not_staged_s: dict[str, float]
    derivations: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def staged_s(self) -> float:
        """Seconds that have a stage."""
        return sum(epoch.duration_s for epoch in self.epochs if epoch.ready)

    def summary(self) -> dict[str, Any]:
        """Return how much was staged, for a program."""
        epochs = Counter(epoch.stage for epoch in self.epochs)
        return {
            "staged_s": self.staged_s,
            "not_staged_s": self.not_staged_s,
            "stages_s": {stage: EPOCH_S * count for stage, count in epochs.items()},
            "derivations": list(self.derivations),
            "left_out": self.left_out,
        }

    def lines(self) -> list[str]:
        """Return the same for a person."""
        total_s = self.staged_s + sum(self.not_staged_s.values())
        rest = "; ".join(f"{WORDS.get(why, why)} {seconds:.1f} s" for why, seconds in self.not_staged_s.items())
        told = f"{', '.join(self.derivations)}: staged {self.staged_s:.1f} of {total_s:.1f} s"
        return [told + (f" (no stage: {rest})" if rest else "")] + [
            f"left out {name}: {reason}" for name, reason in self.left_out.items()
        ]


def stage(
    config: Config,
    path: Path,
    chunk_samples: int,
    bed: str,
    report: Callable[[str], None] = lambda _line: None,
    networks: Callable[[], Detectors] | None = None,
) -> Hypnogram:
    """Stage the sleep of one file; parameters as of `stream.score.find`, `networks` as of `open_file`.

    Raises
    ------
    RecordingError, MontageError, InputError
        in one line that names the file, if it cannot be read or has no channel to stage sleep from
    """
    file = open_file(config, path, bed, report, networks=networks)
    head, duration_s = file.opened.head, file.opened.length / file.opened.head.rate_hz
    states: list[SleepState] = []
    stretches: list[Stretch] = []
    try:
        montage = file.binding.pipeline().montage
    except (MontageError, InputError) as problem:
        raise type(problem)(f"{path}: {problem}") from None
    for outcome in file.outcomes(chunk_samples, Account()):
        states += outcome.sleep
        stretches += stretches_of(outcome.coverage, head.rate_hz)
    epochs = _epochs(states, head.rate_hz, duration_s)
    derivations = tuple(name for group in montage.groups for name in group.derivations if name)
    left_out = {**head.left_out, **montage.left_out}
    return Hypnogram(epochs, _not_staged_s(epochs, stretches, duration_s), derivations, left_out)


def rows(hypnogram: Hypnogram) -> list[dict[str, Any]]:
    """Return the epochs as rows of a table."""
    return [asdict(epoch) for epoch in hypnogram.epochs]


def _epochs(states: Sequence[SleepState], rate_hz: float, duration_s: float) -> tuple[Epoch, ...]:
    """Return every whole epoch; an epoch without a state has no stage."""
    at: dict[int, SleepState] = {}
    for state in states:
        number = round(state.epoch_end / rate_hz / EPOCH_S)
        if abs(state.epoch_end / rate_hz - number * EPOCH_S) < TOLERANCE_S:
            at[number] = state
    whole = int((duration_s + TOLERANCE_S) // EPOCH_S)
    return tuple(_epoch(number, at.get(number)) for number in range(1, whole + 1))


def _epoch(number: int, state: SleepState | None) -> Epoch:
    onset_s = (number - 1) * EPOCH_S
    if state is None or not state.ready:
        return Epoch(onset_s, EPOCH_S, "unknown", 0.0, ready=False)
    return Epoch(onset_s, EPOCH_S, state.stage, round(state.confidence, 4), ready=True)


def _not_staged_s(epochs: Sequence[Epoch], stretches: Sequence[Stretch], duration_s: float) -> dict[str, float]:
    """Count the seconds without a stage by what took up most of each epoch."""
    counts: defaultdict[str, float] = defaultdict(float)
    for epoch in epochs:
        if not epoch.ready:
            counts[_reason(epoch, stretches)] += EPOCH_S
    rest_s = duration_s - len(epochs) * EPOCH_S
    if rest_s > TOLERANCE_S:
        counts[NO_WHOLE_EPOCH] += round(rest_s, 3)
    return dict(sorted(counts.items(), key=itemgetter(1), reverse=True))


def _reason(epoch: Epoch, stretches: Sequence[Stretch]) -> str:
    lost: defaultdict[str, float] = defaultdict(float)
    for one in stretches:
        begin_s, end_s = max(one.onset_s, epoch.onset_s), min(one.onset_s + one.duration_s, epoch.onset_s + EPOCH_S)
        if end_s > begin_s:
            lost[one.reason or one.fate] += end_s - begin_s
    # The stager needs 20 of 30 s: where less than a third is lost, too few epochs came before.
    reason, seconds = max(lost.items(), key=itemgetter(1), default=("", 0.0))
    return reason if seconds > EPOCH_S / 3 else TOO_LITTLE
