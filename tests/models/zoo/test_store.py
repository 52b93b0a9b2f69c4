"""A model folder comes back as it was saved, and any damage is one clear line naming file and remedy."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import torch as safetensors

from models.errors import ModelError
from models.networks.sc import SC
from models.zoo import store
from models.zoo.manifest import Manifest, OperatingPoint, OperatingRow, Preprocessing
from models.zoo.store import MANIFEST, WEIGHTS

PARAMETERS: dict[str, Any] = {"channels": 5, "window_samples": 64, "width": 8, "blocks": 2}


def a_manifest() -> Manifest:
    """Return the manifest of a tiny detector."""
    return Manifest(
        name="tiny",
        task="ied",
        architecture="sc",
        parameters=PARAMETERS,
        channels=5,
        rate_hz=128.0,
        window_samples=64,
        unit="any",
        normalisation="per window and group",
        preprocessing=Preprocessing((1.0, 50.0), "auto", 128.0),
        montages=("scalp",),
        operating_points={"default": OperatingPoint(0.5, "for tests")},
        training_data="none",
        date="2026-11-21",
        seed=0,
        command="none",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a saved tiny model."""
    torch.manual_seed(0)
    store.save(tmp_path / "tiny", SC(**PARAMETERS), a_manifest(), "# tiny\n")
    return tmp_path / "tiny"


VERIFIED = {"model": "x", "candidate_threshold": 0.1, "weight": 1.0}
STEPS = {"bandpass_hz": [1.0, 50.0], "notch": "auto", "model_rate_hz": 128.0}
ROW: dict[str, Any] = {"montage": "scalp", "threshold": 0.5, "sensitivity": 0.75, "false_alarms_per_h": 12.0}


def rewrite(folder: Path, **changes: object) -> None:
    """Change keys of the manifest on disk."""
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_saved_model_comes_back_equal(folder: Path) -> None:
    """Weights, manifest and card survive the round trip; the network is in eval mode."""
    torch.manual_seed(0)
    twin = SC(**PARAMETERS).eval()
    loaded = store.load(folder)
    windows = torch.randn(2, 5, 64)
    assert torch.equal(loaded.network(windows), twin(windows))
    assert not loaded.network.training
    assert loaded.manifest.threshold == 0.5
    assert loaded.manifest.montages == ("scalp",)
    assert (folder / "CARD.md").read_text() == "# tiny\n"


def truncate(folder: Path) -> None:
    """Cut the weights in half."""
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])


def flip_a_bit(folder: Path) -> None:
    """Flip one bit in the middle of the weights."""
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1  # in the middle of the numbers: still a valid file
    (folder / WEIGHTS).write_bytes(bytes(content))


def swell_the_header(folder: Path) -> None:
    """Claim a header of 2**40 bytes."""
    content = bytearray((folder / WEIGHTS).read_bytes())
    # A library that believed it would try to allocate as much.
    content[:8] = (1 << 40).to_bytes(8, "little")
    (folder / WEIGHTS).write_bytes(bytes(content))


def poison(folder: Path) -> None:
    """Put a NaN into the weights, hash and all."""
    network = SC(**PARAMETERS)
    network.head.bias.data[0] = torch.nan  # as a training that diverged leaves it
    store.save(folder, network, a_manifest(), "")


def save_other_tensors(folder: Path) -> None:
    """Save the tensors of a wider network under the same manifest."""
    store.save(folder, SC(**{**PARAMETERS, "width": 16}), a_manifest(), "")


def drop_a_tensor(folder: Path) -> None:
    """Save all tensors but one."""
    network = torch.nn.Module()
    state = {k: v for k, v in SC(**PARAMETERS).state_dict().items() if k != "head.bias"}
    network.state_dict = lambda: state  # type: ignore[method-assign, assignment]
    store.save(folder, network, a_manifest(), "")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (truncate, "sha256"),
        (flip_a_bit, "sha256"),
        (swell_the_header, "header"),
        (poison, "NaN"),
        (save_other_tensors, "wanted"),
        (drop_a_tensor, "head.bias is missing"),
        (lambda folder: (folder / WEIGHTS).unlink(), "cannot be read"),
        (lambda folder: (folder / MANIFEST).unlink(), "no manifest"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "JSON"),
        (lambda folder: (folder / MANIFEST).write_text("[" * 100_000), "JSON"),
        (lambda folder: rewrite(folder, montages="scalp"), "montages"),
        (lambda folder: rewrite(folder, verification={**VERIFIED, "model": ["x"]}), "verification.model"),
        (lambda folder: rewrite(folder, preprocessing={**STEPS, "bandpass_hz": ["1", "50"]}), "bandpass_hz"),
        (lambda folder: rewrite(folder, task="art"), "task"),
        (lambda folder: rewrite(folder, colour="red"), "colour"),
        (lambda folder: rewrite(folder, parameters={"wheels": 4}), "parameters do not fit"),
        (lambda folder: rewrite(folder, parameters={**PARAMETERS, "blocks": 10**30}), "blocks is beyond 1048576"),
        (lambda folder: rewrite(folder, parameters={**PARAMETERS, "blocks": 10**5}), "more layers than the file has"),
        (lambda folder: rewrite(folder, parameters=[1]), "parameters"),
        (lambda folder: rewrite(folder, operating_points={}), "default"),
        (lambda folder: rewrite(folder, operating_points={"default": {"threshold": 2, "note": ""}}), "(0, 1)"),
        (lambda folder: rewrite(folder, temperature=0), "temperature"),
        (lambda folder: rewrite(folder, temperature="warm"), "temperature"),
        (lambda folder: rewrite(folder, operating_table=[{"threshold": 0.5}]), "OperatingRow"),
        (lambda folder: rewrite(folder, operating_table=[{**ROW, "sensitivity": 1.5}]), "impossible row"),
        (lambda folder: rewrite(folder, channels=7), "channels"),
        (lambda folder: rewrite(folder, window_samples=-1), "window_samples"),
    ],
)
def test_damage_is_one_clear_line(folder: Path, damage: Callable[[Path], object], named: str) -> None:
    """Every corruption is a ModelError of one line that names the file, the trouble and the remedy."""
    damage(folder)
    with pytest.raises(ModelError) as caught:
        store.load(folder)
    line = str(caught.value)
    assert named in line
    assert "tiny/" in line
    assert "fetch the model again" in line
    assert "\n" not in line


def test_an_operating_table_survives_the_round_trip(folder: Path) -> None:
    """And a manifest from before there was one reads as uncalibrated and without a table."""
    assert (store.load(folder).manifest.temperature, store.load(folder).manifest.operating_table) == (1.0, ())
    measured = dataclasses.replace(a_manifest(), temperature=1.5, operating_table=(OperatingRow(**ROW),))
    store.save(folder, SC(**PARAMETERS), measured, "")
    again = store.load(folder).manifest
    assert (again.temperature, again.operating_table) == (1.5, measured.operating_table)
    raw = json.loads((folder / MANIFEST).read_text())
    # Folders from before there was calibration must go on loading.
    del raw["temperature"], raw["operating_table"]
    (folder / MANIFEST).write_text(json.dumps(raw))
    assert store.load(folder).manifest.operating_table == ()


def test_hash_must_be_of_these_weights(folder: Path) -> None:
    """Weights with a valid file of other numbers are refused by hash alone."""
    # Another model's weights under this manifest: the shapes would fit.
    state = {k: v + 1 for k, v in SC(**PARAMETERS).state_dict().items()}
    (folder / WEIGHTS).write_bytes(safetensors.save(state))
    with pytest.raises(ModelError, match="sha256"):
        store.load(folder)


def test_unknown_name_lists_the_zoo() -> None:
    """A misspelt model name is answered with the names there are."""
    with pytest.raises(ModelError, match="neither a folder nor a model of the zoo"):
        store.load("no-such-model")


def test_every_zoo_model_loads_and_is_small() -> None:
    """All shipped weights verify, carry a card with what they are not, and stay below 4 MB."""
    for name in store.names():
        assert store.load(name).manifest.name == name
        assert "not a medical device" in (store.ZOO / name / "CARD.md").read_text()
        assert (store.ZOO / name / WEIGHTS).stat().st_size < 4_000_000
