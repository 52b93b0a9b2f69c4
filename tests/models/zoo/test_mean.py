"""A folder with the mean of verifiers: made from theirs, and loaded like any other."""

from pathlib import Path

import pytest
import torch

from models.errors import ModelError
from models.networks.candidate_window import WINDOW
from models.zoo import store
from models.zoo.mean import write_mean
from tests.models.zoo.verifier_folder import save

COMMAND = "spikewatch models mean one two --out both"


def test_it_judges_as_the_mean_of_its_members(tmp_path: Path) -> None:
    """Read back from its folder."""
    folders = [save(tmp_path / "one", 1), save(tmp_path / "two", 2)]
    write_mean(folders, tmp_path / "both", COMMAND)
    windows = torch.randn(2, 25, WINDOW, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        members = torch.stack([store.load(one).network(windows) for one in folders])
        assert torch.allclose(store.load(tmp_path / "both").network(windows), members.mean(dim=0), atol=1e-6)


def test_its_card_says_what_it_is_made_of(tmp_path: Path) -> None:
    """Names, hashes, figures and commands of the members; montages that all know."""
    folders = [save(tmp_path / "one", 1, {"montages": ("scalp", "shaft")}), save(tmp_path / "two", 2)]
    made = write_mean(folders, tmp_path / "both", COMMAND)
    hashes = [store.load(one).manifest.sha256[:8] for one in folders]
    card = (tmp_path / "both" / store.CARD).read_text()
    assert f"Members: one ({hashes[0]}), two ({hashes[1]})." in card
    assert made.montages == ("scalp",)
    assert made.operating_points["default"].note.startswith("Not chosen")
    assert made.figures == {"1_one_validation_f1": 0.1, "2_two_validation_f1": 0.2}
    assert made.command.endswith(f" && {COMMAND}")


def test_what_is_no_verifier_is_refused(tmp_path: Path) -> None:
    """In one line that names it."""
    with pytest.raises(ModelError, match=r"^sc-small: is sc, no verifier \(whole_head\): name verifiers$"):
        write_mean([save(tmp_path / "one", 1), "sc-small"], tmp_path / "both", COMMAND)


def test_verifiers_of_other_rates_are_refused(tmp_path: Path) -> None:
    """Their mean would be of two signals."""
    other = save(tmp_path / "two", 2, {"rate_hz": 256.0})
    with pytest.raises(ModelError, match=r"two: rate_hz is 256\.0, of the first 128\.0: name verifiers of one kind"):
        write_mean([save(tmp_path / "one", 1), other], tmp_path / "both", COMMAND)


def test_verifiers_of_other_sizes_are_refused(tmp_path: Path) -> None:
    """Both are named, for either may be the wrong one."""
    with pytest.raises(ModelError, match=r"one, whole-head: takes verifiers of one size"):
        write_mean([save(tmp_path / "one", 1), "whole-head"], tmp_path / "both", COMMAND)


def test_a_verifier_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    """It would be the mean of itself."""
    one = save(tmp_path / "one", 1)
    with pytest.raises(ModelError, match="a verifier is named twice; name each once"):
        write_mean([one, one], tmp_path / "both", COMMAND)


def test_it_takes_the_place_of_no_model_that_is_there(tmp_path: Path) -> None:
    """Least of all of one that it is made of."""
    folders = [save(tmp_path / "one", 1), save(tmp_path / "two", 2)]
    before = store.load(folders[0]).manifest.sha256
    with pytest.raises(ModelError, match=r"^--out .*one: is there already; name another folder$"):
        write_mean(folders, folders[0], COMMAND)
    assert store.load(folders[0]).manifest.sha256 == before
