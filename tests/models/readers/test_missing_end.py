"""A file of samples is as long as its header says, or a remark says how it is not."""

from models.readers import missing_end


def test_only_what_is_odd_is_told() -> None:
    """Whole samples, as many as are stated or where nothing states it."""
    assert list(missing_end.remarks(80, 8, 10)) == list(missing_end.remarks(80, 8, None)) == []


def test_the_missing_end_is_told_before_all() -> None:
    """That the last sample is incomplete follows from it."""
    [remark] = missing_end.remarks(83, 8, 20)
    assert remark == "its header counts 20 samples, 10 are there, its end is missing; copy or export it again"
