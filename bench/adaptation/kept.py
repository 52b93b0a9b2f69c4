"""Looks that are kept from one run of the bench to the next: making them takes a minute a patient, learning seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.adaptation.patients import Patient
from models.training.looks import Looks

LOOKS = ("features", "shapes", "places", "odds", "times_s")


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder with a file for each patient; None keeps nothing. Whoever changes the shipped model empties it."""

    folder: Path | None

    def patient(self, name: str, make: Callable[[], Patient]) -> Patient:
        """Return a patient as kept, else make and keep it."""
        if self.folder is None:
            return make()
        path = self.folder / f"{name}.npz"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write(path, make())
        return read(path)


def write(path: Path, patient: Patient) -> None:
    """Write one patient."""
    looks = {name: getattr(patient.looks, name) for name in LOOKS}
    numbers = np.array([patient.half_s, patient.end_s, patient.number])
    np.savez_compressed(path, peaks_s=patient.peaks_s, marked=patient.marked, numbers=numbers, **looks)


def read(path: Path) -> Patient:
    """Read one patient."""
    with np.load(path) as kept:
        half_s, end_s, number = kept["numbers"].tolist()
        looks = Looks(*(kept[name] for name in LOOKS))
        return Patient(looks, kept["peaks_s"], kept["marked"], half_s, end_s, int(number))
