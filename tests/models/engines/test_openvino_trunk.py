"""A verifier's trunk on OpenVINO gives what plain torch gives, and is left alone where it does not."""

import importlib.util

import numpy as np
import pytest
import torch

from models.engines import verifying
from models.engines.engine import EngineWarning
from models.engines.openvino_trunk import OpenVinoTrunk
from models.engines.parity import eeg_like
from models.engines.verifying import Logit, quick
from models.networks.candidate_window import ROWS, WINDOW
from models.networks.whole_head import Trunk, WholeHead


def network(width: int = 8, members: int = 1) -> WholeHead:
    """Return a network drawn at random, its norms as well: fresh ones would hide an affine left out."""
    torch.manual_seed(1)
    made = WholeHead(width=width, members=members).eval()
    for values in made.parameters():
        torch.nn.init.normal_(values, std=0.3)
    return made


@pytest.mark.parametrize(("width", "members"), [(8, 1), (40, 1), (8, 2), (12, 3)])
def test_its_views_are_plain_torchs(width: int, members: int) -> None:
    """Of seven groups, each in its place; of a mean's members as well."""
    trunk = network(width, members).trunk
    groups = torch.from_numpy(eeg_like(7, ROWS, WINDOW)) / 30
    assert isinstance(trunk, Trunk)
    with torch.inference_mode():
        expected = trunk(groups)
        assert expected.shape == (7, 5 * width * members)
        assert torch.allclose(OpenVinoTrunk(trunk)(groups), expected, atol=1e-4)


def test_a_group_has_the_same_bits_beside_any_others() -> None:
    """So that what is left out of a montage changes nothing in the rest."""
    trunk = network().trunk
    assert isinstance(trunk, Trunk)
    fast, groups = OpenVinoTrunk(trunk), torch.from_numpy(eeg_like(4, ROWS, WINDOW))
    assert torch.equal(fast(groups)[2], fast(groups[2:3])[0])


def test_a_verifier_judges_as_before() -> None:
    """Its log odds, of a head of five groups."""
    window = eeg_like(1, 25, WINDOW)[0]
    plain, fast = Logit(network()), Logit(quick(network()))
    assert fast(window) == pytest.approx(plain(window), abs=1e-3)


def test_a_trunk_that_answers_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning says how far apart they are."""
    given = network()
    plain = given.trunk
    monkeypatch.setattr(OpenVinoTrunk, "forward", lambda self, groups: plain(groups) + 0.5)  # noqa: ARG005
    with pytest.warns(EngineWarning, match=r"trunk on OpenVINO is not used: it lies 0\.5 from plain torch's"):
        assert quick(given).trunk is plain


def test_without_openvino_plain_torch_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that only train have none."""
    given = network()
    plain = given.trunk
    monkeypatch.setattr(verifying, "find_spec", lambda _name: None)
    assert quick(given).trunk is plain
    assert importlib.util.find_spec("openvino") is not None
    assert np.isfinite(Logit(given)(eeg_like(1, 25, WINDOW)[0]))
