"""What is left out is told once, with the reason that a person can act on."""

from models.signal.left_out import ABSENT, together


def test_an_electrode_that_the_file_has_is_not_called_absent_as_well() -> None:
    """Under whichever of its names; one that the file has not stays absent."""
    of_file = {"EEG T3": "holds no scale", "Fp1": "sampled at 512 Hz"}
    of_montage = {"T7": ABSENT, "Fp1": ABSENT, "O1": ABSENT, "T7-P7": "not made"}
    assert together(of_file, of_montage) == {**of_file, "O1": ABSENT, "T7-P7": "not made"}
