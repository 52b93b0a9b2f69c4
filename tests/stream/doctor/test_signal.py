"""What the doctor says of a bed's stream: the montage, and three seconds of samples, by a hand-cranked clock."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stream.acquire.ports import LinkLostError, Pulled
from stream.doctor.check import Check
from stream.doctor.signal import check_signal, judged, listen
from stream.records import Source
from tests.stream.patient import config_in, source_of
from tests.stream.patient import patient_eeg as patient

CHUNK = 32
RATE_HZ = 256.0


@dataclass
class FakeInlet:
    """Sends chunks of the patient at a rate; each is `age_s` old, and every other one `jitter_s` more."""

    source: Source
    rate_hz: float = RATE_HZ
    age_s: float = 0.02
    jitter_s: float = 0.0
    offset_s: float = 0.5
    scale: float = 1.0
    silent: bool = False
    now_s: float = 100.0
    pulls: int = 0
    closed: list[bool] = field(default_factory=list)

    def pull(self, timeout_s: float) -> Pulled:
        """Pass the time that a chunk takes."""
        self.now_s += timeout_s if self.silent else CHUNK / self.rate_hz
        first = CHUNK * self.pulls
        self.pulls += 1
        samples = self.scale * patient()[0][:, first : first + (0 if self.silent else CHUNK)]
        return Pulled(samples, self.now_s - self.offset_s - self.age_s - self.jitter_s * (self.pulls % 2))

    def clock_offset_s(self) -> float:
        """Return the offset of the sender's clock."""
        return self.offset_s

    def clock_age_s(self) -> float:
        """Return that it was just compared."""
        return 0.0

    def opened_s(self) -> float:
        """Return when it began."""
        return 0.0

    def close(self) -> None:
        """Note it."""
        self.closed.append(True)


def heard(declared_hz: float = RATE_HZ, **how: float) -> Check:
    """Listen to a sender, and judge it."""
    inlet = FakeInlet(source_of(patient()[1]), **how)  # type: ignore[arg-type]
    channels = list(range(len(patient()[1])))
    return judged("bed bed-1 signal", listen(inlet, channels, lambda: inlet.now_s), declared_hz, 1.0)


def test_a_good_stream_is_told_with_its_figures() -> None:
    """Samples a second, age, jitter, offset and amplitude."""
    check = heard(jitter_s=0.004)
    assert (check.verdict, check.remedy) == ("ok", "")
    assert "256.0 samples a second; " in check.found
    assert "jitter 4 ms, clock offset 500.0 ms; the middle channel deviates by " in check.found
    assert "20 ms old" in heard().found


@pytest.mark.parametrize(
    ("how", "remedy"),
    [
        ({"age_s": 3.0}, "stamps by another clock"),
        ({"age_s": -1.0}, "stamps by another clock"),
        ({"declared_hz": 512.0}, "declares 512 samples a second"),
        ({"scale": 1e-6}, "no EEG has that amplitude"),
        ({"scale": 1e3}, "no EEG has that amplitude"),
    ],
)
def test_what_is_odd_about_samples_is_a_warning(how: dict[str, float], remedy: str) -> None:
    """Old ones, those of the future, another rate, another unit."""
    check = heard(**how)
    assert (check.verdict, remedy in check.remedy) == ("warn", True)


def test_silence_fails() -> None:
    """The stream is there, and nothing comes."""
    check = heard(silent=True)
    assert (check.verdict, check.found) == ("fail", "no samples within 3 s")


class Gone:
    """A network whose streams go as they are opened."""

    def visible(self) -> list[Source]:
        """List none."""
        return []

    def overheard(self, since_s: float) -> list[Source]:  # noqa: ARG002
        """List none."""
        return []

    def open(self, source: Source) -> FakeInlet:
        """Fail as a stream does whose sender has gone."""
        raise LinkLostError(f"{source.name} is gone")


def test_the_montage_is_tried(tmp_path: Path) -> None:
    """It says what the groups are made of and what is left out, or why there are none."""
    config = config_in(tmp_path)
    labels = (*patient()[1], "ECG")
    montage, signal = check_signal(config, config.bed[0], source_of(labels), Gone())
    assert (montage.verdict, "5 groups of 19 channels, declared unit uV; left out " in montage.found) == ("ok", True)
    assert "ECG" in montage.found
    assert (signal.verdict, signal.found) == ("fail", "amp is gone")
    cap, _ = check_signal(config, config.bed[0], source_of(tuple(f"E{k}" for k in range(1, 258))), Gone())
    assert cap.found.endswith("E11, E12, E13 and 226 more")
    [montage] = check_signal(config, config.bed[0], source_of(("X1", "X2", "X3")), Gone())
    assert (montage.verdict, 'montage "scalp": no group has 3 derivations' in montage.found) == ("fail", True)
