"""What a patient's looks are comes back as it was kept, and is not made again."""

from pathlib import Path

import numpy as np

from bench.adaptation.kept import LOOKS, Kept
from bench.adaptation.patients import Patient
from tests.bench.adaptation.test_clicks import patient


def test_a_kept_patient_is_the_same_and_made_once(tmp_path: Path) -> None:
    """Without a folder it is made each time."""
    made: list[Patient] = []

    def make() -> Patient:
        made.append(patient())
        return made[-1]

    first, again = (Kept(tmp_path / "looks").patient("one", make) for _ in range(2))
    assert len(made) == 1
    assert (again.half_s, again.end_s, again.number) == (100.0, 200.0, 0)
    assert all(np.array_equal(getattr(again.looks, name), getattr(made[0].looks, name)) for name in LOOKS)
    assert np.array_equal(first.peaks_s, made[0].peaks_s)
    Kept(None).patient("one", make)
    assert len(made) == 2
