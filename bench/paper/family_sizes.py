"""How large the sets of `bench.paper.families` are, and the headers by which a set that is there is known again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import epochs, vepiset, windowset
from models.datasets.windowset import Header
from models.errors import DataError
from models.readers import vepiset_mat

# Positives and negatives of the training and validation part, then of the test part: iEDeaL, table 1.
ICM: Final = {
    1: (10_923, 71_529, 2_185, 14_306), 2: (8_910, 62_108, 1_782, 12_422), 3: (6_001, 80_698, 1_201, 16_140),
    4: (3_113, 86_732, 623, 17_347), 5: (2_635, 82_599, 528, 16_520), 6: (2_820, 91_705, 565, 18_342),
    7: (2_304, 86_138, 461, 17_228), 8: (1_792, 90_187, 359, 18_038),
}  # fmt: skip
TUEV: Final = {"TUEV1,1": (645, 53_726, 567, 19_646), "TUEV1,3": (645, 65_949, 567, 22_179)}
TWO_TASK_PATIENTS: Final = 84
TWO_TASK: Final = "two-task"
SLEEPERS: Final = "two-task-sleep"
SLEEP_EPOCHS: Final = 80
"""Of each patient of `SLEEPERS`."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How large sets are: shares of the papers' windows for training and testing, and by how much rates are divided."""

    scale: float
    test_scale: float
    decimate: int = 1

    def of(self, counts: tuple[int, int, int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return positives and negatives of the training and validation part, then of the test part.

        Raises
        ------
        DataError
            where one of them would have no positives
        """
        train = round(counts[0] * self.scale), round(counts[1] * self.scale)
        test = round(counts[2] * self.test_scale), round(counts[3] * self.test_scale)
        if not train[0] * test[0]:
            raise DataError(f"{self}: leaves {train[0]} positives to train and {test[0]} to test on; take larger ones")
        return train, test

    def __str__(self) -> str:
        return f"scale {self.scale:g}, of the test part {self.test_scale:g}"


def two_task_sizes(extent: Extent) -> tuple[int, int, int]:
    """Return patients to train on and to test on, and epochs of each."""
    each = max(8, round(sum(vepiset.PUBLISHED_EPOCHS) * extent.scale / TWO_TASK_PATIENTS))
    # Of 4:1:1 the last part is tested, with as many patients more as its scale is larger.
    tested = max(1, round(TWO_TASK_PATIENTS / 6 * extent.test_scale / extent.scale))
    return TWO_TASK_PATIENTS - TWO_TASK_PATIENTS // 6, tested, each


def sleep_sizes(extent: Extent) -> tuple[int, int]:
    """Return patients to train on and to test on: five sixths and a sixth of vEpiSet's epochs, times the scales."""
    patients = sum(vepiset.PUBLISHED_EPOCHS) / SLEEP_EPOCHS
    # Two at least: one to learn from and one to validate on.
    return max(2, round(patients * 5 / 6 * extent.scale)), max(1, round(patients / 6 * extent.test_scale))


def header(name: str, extent: Extent) -> Header:
    """Return the header of a set: its windows' shape and rate, and in words of how many patients or windows."""
    if name == TWO_TASK:
        trained, tested, each = two_task_sizes(extent)
        return epochs.header("simulated", f"{trained} simulated patients, and {tested} to test on, {each} epochs each")
    if name == SLEEPERS:
        trained, tested = sleep_sizes(extent)
        note = f"{trained} simulated sleepers, and {tested} to test on, {SLEEP_EPOCHS} epochs each"
        rate_hz, rows = vepiset_mat.RATE_HZ / extent.decimate, vepiset_mat.SCALP
        length = epochs.LENGTH // extent.decimate
        return Header("simulated", rows, length, rate_hz, (0.0, rate_hz / 2), "off", "uV", note=note)
    channels, samples, rate_hz = (1, 250, 250.0) if name in TUEV else (5, 768, 512.0)
    slower, note = extent.decimate, f"{name}-like, {extent}"
    return Header("simulated", channels, samples // slower, rate_hz / slower, unit="uV", note=note)


def check_same(folder: Path, asked: Header) -> None:
    """Raise DataError where a set that is there was made otherwise than is asked."""
    there = windowset.load(folder).header
    if (there.note, there.rate_hz) != (asked.note, asked.rate_hz):
        raise DataError(
            f"{folder}: is there already, made otherwise ({there.note}, {there.rate_hz:g} Hz); this command makes "
            f"{asked.note}, {asked.rate_hz:g} Hz. Name another --out or remove the folder"
        )
