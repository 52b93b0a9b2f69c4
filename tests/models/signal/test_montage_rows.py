"""Groups of as many rows as a network wants: of one derivation, or of the user's own."""

import re

import numpy as np
import pytest

from models.errors import MontageError
from models.signal.montage import Spec, build, check_rows
from tests.models.signal.test_montage import TEN_TWENTY


def test_for_a_network_of_one_row_each_derivation_is_a_group() -> None:
    """Named for its electrodes; the pair that both left chains end in is there once; nothing is empty."""
    made = build("scalp", TEN_TWENTY, rows=1)
    names = {group.name: group.derivations for group in made.groups}
    assert names["fp1-f7"] == ("Fp1-F7",)
    assert len(names) == 5 * 5 - 2  # Fp1-O1 and Fp2-O2 end two chains each
    assert made.matrix.shape == (23, 19)
    assert np.array_equal(np.abs(made.matrix).sum(axis=1), np.full(23, 2.0))
    assert all(len(group.derivations) == 1 and group.derivations[0] for group in made.groups)


def test_for_a_network_of_one_row_a_lead_is_its_neighbours() -> None:
    """Eight contacts are seven pairs, whatever groups of five they would make; a lead of two contacts is enough."""
    labels = [f"B'{n}" for n in range(1, 9)]
    assert [group.name for group in build("shaft", labels, rows=1).groups] == [
        f"b_prime{n}-b_prime{n + 1}" for n in range(1, 8)
    ]


def test_groups_of_the_users_own_are_as_long_as_the_network_wants() -> None:
    """Three rows, of which two must be there; one row, which must be."""
    spec = {"focus": ["F7-T3", "T3-T5", "T9-O1"], "rest": ["F7-T3", "T9-O1", "T10-O1"]}
    made = build(spec, ["F7", "T3", "T5", "O1"], rows=3)
    assert [group.derivations for group in made.groups] == [("F7-T7", "T7-P7", "")]
    assert made.left_out["rest"] == "group left out: fewer than 2 of its derivations have both electrodes"
    assert build({"one": ["F7-T3"]}, ["F7", "T3"], rows=1).matrix.tolist() == [[1.0, -1.0]]


@pytest.mark.parametrize(
    ("spec", "rows", "message"),
    [
        ("scalp", 3, 'montage "scalp" makes groups of 5 derivations or of 1, not of 3: name groups of 3'),
        ("shaft", 22, 'montage "shaft" makes groups of 5 derivations or of 1, not of 22'),
        ({"focus": ["F7-T3"] * 5}, 1, 'group "focus" has 5 derivations: give exactly 1'),
    ],
)
def test_a_montage_without_groups_of_so_many_rows_is_one_clear_line(spec: Spec, rows: int, message: str) -> None:
    """Known before any stream is."""
    # Both doors: the first before an engine is opened, the second where a stream's labels are known.
    with pytest.raises(MontageError, match=re.escape(message)):
        check_rows(spec, rows)
    with pytest.raises(MontageError, match=re.escape(message)):
        build(spec, TEN_TWENTY, rows=rows)
