"""A recording that is given twice would count twice."""

from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.evaluate.once import check_once
from stream.evaluate.request import EvaluationRequest, check


def test_a_recording_is_known_by_every_path_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative, absolute or by a link; others of its name in other folders are others."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.edf").symlink_to("a.edf")
    for again in (Path("a.edf"), tmp_path / "a.edf", Path("link.edf")):
        with pytest.raises(ConfigError, match=r"is given twice.*, and would count twice; give each"):
            check_once([Path("a.edf"), Path("b.edf"), again])
    check_once([Path("a.edf"), Path("b/a.edf")])


def test_an_evaluation_counts_each_recording_once() -> None:
    """Its intervals would be too narrow."""
    twice = (Path("a.edf"), Path("a.edf"))
    with pytest.raises(ConfigError, match=r"^a\.edf: is given twice, and would"):
        check(EvaluationRequest(model="sc-small", recordings=twice))
