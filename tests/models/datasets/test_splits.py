"""Splits: no person on two sides, nothing lost, near the shares, and the same again for the same seed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.datasets.counts import Counts
from models.datasets.splits import FOUR_ONE_ONE, Part, by_row, by_subject, parts, prescribed
from models.datasets.windowset import SPLITS, Header, WindowSet
from models.errors import DataError, ModelsError


def windowset(labels: "list[int]", subjects: "list[int]", splits: "list[str] | None" = None) -> WindowSet:
    """Make a set in memory; its windows have no samples."""
    count = len(labels)
    names = tuple(f"s{number}" for number in range(max(subjects) + 1))
    # A split reads labels and subjects alone.
    nothing = np.zeros(count, np.uint16)
    return WindowSet(
        folder=Path("a set"),
        header=Header("test", 0, 0, 128.0, subjects=names),
        windows=np.zeros((count, 0, 0), np.float32),
        label=np.array(labels, np.uint8),
        stage=nothing.astype(np.uint8),
        split=np.array([SPLITS.index(split) for split in splits or [""] * count], np.uint8),
        montage=nothing.astype(np.uint8),
        group=nothing,
        subject=np.array(subjects, np.uint32),
        recording=nothing.astype(np.uint32),
        start_s=np.zeros(count),
    )


def crowd(people: int, seed: int = 0) -> WindowSet:
    """People with 20 to 300 windows each, of which 1 to 20 % are positive."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, 300, people)
    labels = [int(n < max(1, size * share)) for size, share in zip(sizes, rng.uniform(0.01, 0.2, people), strict=True)
              for n in range(size)]  # fmt: skip
    return windowset(labels, np.repeat(np.arange(people), sizes).tolist())


def subjects_of(part: Part) -> set[int]:
    """Whose windows are in a part."""
    return set(part.windowset.subject[part.indices].tolist())


def assert_a_partition(found: dict[str, Part], indices: "list[int]") -> None:
    """Every window is in exactly one part, and the numbers of a part ascend."""
    assert sorted(np.concatenate([part.indices for part in found.values()]).tolist()) == indices
    for part in found.values():
        assert part.indices.dtype == np.int64
        assert (np.diff(part.indices) > 0).all()


@settings(deadline=None)
@given(
    people=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)), min_size=3, max_size=30),
    seed=st.integers(0, 2**32),
)
def test_no_person_is_on_two_sides(people: list[tuple[int, int]], seed: int) -> None:
    """However large people are: a partition, positives and negatives in each part, or one clear line."""
    labels = [int(n < positives) for negatives, positives in people for n in range(negatives + positives)]
    whose = [who for who, sizes in enumerate(people) for _ in range(sum(sizes))]
    ws = windowset(labels, whose)
    # Three parts need three subjects with discharges; what is asked of fewer is refused.
    if sum(positives > 0 for _, positives in people) < 3:
        with pytest.raises(DataError, match=r'too few for 3 parts .* split by="row"'):
            by_subject(ws, FOUR_ONE_ONE, seed)
        return
    found = by_subject(ws, FOUR_ONE_ONE, seed)
    assert_a_partition(found, list(range(len(ws))))
    assert sum(len(subjects_of(part)) for part in found.values()) == len(people)
    for part in found.values():
        assert part.counts().positives > 0


def test_sizes_are_near_the_shares_in_windows_and_positives() -> None:
    """With forty people of different sizes, each part is within a tenth of its share, of both."""
    for seed in range(5):
        found = by_subject(crowd(40, seed), (4, 1, 1), seed)
        windows = np.array([len(part) for part in found.values()])
        positives = np.array([part.counts().positives for part in found.values()])
        for sizes in (windows, positives):
            np.testing.assert_allclose(sizes / sizes.sum(), [2 / 3, 1 / 6, 1 / 6], rtol=0.1)


def test_the_same_seed_gives_the_same_parts_and_another_seed_others() -> None:
    """The seed is all the randomness there is."""
    ws = crowd(12)
    for split in (by_subject, by_row):
        once, again, other = (split(ws, FOUR_ONE_ONE, seed)["test"].indices.tolist() for seed in (1, 1, 2))
        assert once == again != other


def test_three_people_make_three_parts() -> None:
    """The fewest there may be: one each, the largest for training."""
    # Of 12 windows subject 1 has eight: the two thirds that training should have.
    found = by_subject(windowset([0, 1] * 6, [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]), FOUR_ONE_ONE, 3)
    assert [len(subjects_of(part)) for part in found.values()] == [1, 1, 1]
    assert subjects_of(found["train"]) == {1}


def test_rows_are_split_at_random_in_exact_shares() -> None:
    """600 windows of one person: 400, 100, 100."""
    ws = windowset([0, 1] * 300, [0] * 600)
    found = by_row(ws, FOUR_ONE_ONE, 0)
    assert {name: len(part) for name, part in found.items()} == {"train": 400, "validation": 100, "test": 100}
    assert_a_partition(found, list(range(600)))
    # Half of 100 by chance, within four standard deviations.
    assert 30 < found["test"].counts().positives < 70


def test_a_part_says_what_it_holds() -> None:
    """Labels in the order of the indices, and how many there are of each; both kinds are needed to train."""
    ws = windowset([0, 1, 0, 1, 0], [0] * 5)
    part = Part(ws, np.array([1, 2, 4]))
    assert (part.labels.tolist(), len(part), part.counts()) == ([1, 0, 0], 3, Counts(1, 2))
    with pytest.raises(ModelsError, match="needs both"):
        Part(ws, np.array([0, 2])).counts()


@pytest.mark.parametrize("by", ["subject", "row"])
def test_prescribed_test_windows_stay_and_validation_comes_out_of_train(by: str) -> None:
    """A set with train and test: the test windows exactly, and a fifth of the others for validation."""
    ws = crowd(20)
    splits = ["test" if subject < 5 else "train" for subject in ws.subject]
    ws = windowset(ws.label.tolist(), ws.subject.tolist(), splits)
    found = parts(ws, seed=0, by="subject" if by == "subject" else "row")
    assert list(found) == ["train", "validation", "test"]
    assert found["test"].indices.tolist() == np.flatnonzero(ws.subject < 5).tolist()
    assert_a_partition(found, list(range(len(ws))))
    rest = len(found["train"]) + len(found["validation"])
    # Whole people cannot make an exact fifth.
    assert len(found["validation"]) / rest == pytest.approx(0.2, rel=0.15 if by == "subject" else 0.001)
    shared = subjects_of(found["train"]) & subjects_of(found["validation"])
    assert (len(shared) == 0) == (by == "subject")


def test_a_set_that_prescribes_all_is_taken_at_its_word() -> None:
    """No window moves, whatever the seed."""
    ws = windowset([0, 1] * 3, [0] * 6, ["train", "train", "test", "test", "validation", "validation"])
    found = prescribed(ws, seed=9)
    assert {name: part.indices.tolist() for name, part in found.items()} == {
        "train": [0, 1], "validation": [4, 5], "test": [2, 3]
    }  # fmt: skip


def test_a_set_for_testing_alone_has_no_other_part() -> None:
    """There is nothing to train on, and nothing is made up."""
    assert list(parts(windowset([0, 1], [0, 0], ["test", "test"]), seed=0)) == ["test"]


def test_what_is_prescribed_for_some_is_needed_for_all() -> None:
    """A window without a split beside others that have one is an error, not a guess."""
    with pytest.raises(DataError, match="1 windows have no split"):
        parts(windowset([0, 1, 0], [0] * 3, ["test", "train", ""]), seed=0)


def test_a_set_without_prescription_is_split_four_to_one_to_one() -> None:
    """By subject unless rows are asked for."""
    ws = crowd(12)
    for by, split in (("subject", by_subject), ("row", by_row)):
        found = parts(ws, seed=4, by="subject" if by == "subject" else "row")
        expected = split(ws, FOUR_ONE_ONE, 4)
        assert [part.indices.tolist() for part in found.values()] == [p.indices.tolist() for p in expected.values()]


@pytest.mark.parametrize(
    ("labels", "message"), [([0, 0, 0], "no positives among"), ([1, 1, 1], "no negatives among"), ([], "no positives")]
)
def test_parts_of_no_use_are_refused(labels: list[int], message: str) -> None:
    """The line names the set and the part."""
    with pytest.raises(DataError, match=rf"a set: {message}.*for train; use a larger set"):
        by_row(windowset(labels, [0] * len(labels) or [0]), FOUR_ONE_ONE, 0)


@pytest.mark.parametrize("shares", [(), (4, 0, 1), {"train": 1, "dev": 1}])
def test_shares_that_cannot_be_followed_are_refused(shares: "dict[str, float] | tuple[float, ...]") -> None:
    """One clear line."""
    with pytest.raises(DataError, match="give numbers above 0 for train, validation, test"):
        by_subject(crowd(3), shares, 0)
