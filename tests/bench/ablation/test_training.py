"""Arms of the ablation train on as many windows as each other, and on those that they should."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.ablation.arms import ARMS, Arm
from bench.ablation.training import kinds_of, parts, trained, without_ends
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.signal.montage import ROWS
from models.simulate import simulate
from models.training.recipe import Recipe

AMOUNTS = {"train": (8, 20), "validation": (3, 6)}
PATIENTS = range(2_000_000, 2_000_012)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> WindowSet:
    """Two people and twelve simulated patients, half of them of each part; noise, in which positives are larger."""
    folder = tmp_path_factory.mktemp("ablation") / "set"
    rng = np.random.default_rng(3)
    with Writer(folder, Header("hybrid", ROWS, 192, 128.0, unit="uV")) as writer:
        for at, subject in enumerate(["ann", "bob", *(f"sim-{number}" for number in PATIENTS)]):
            split = ("train", "validation")[at % 2]
            positives, negatives = AMOUNTS[split]
            labels = np.repeat(np.array([1, 0], np.uint8), (positives, negatives))
            windows = rng.standard_normal((len(labels), ROWS, 192)).astype(np.float32)
            windows[labels == 1, :, 90:100] += 8
            writer.add(
                windows, labels, np.zeros(len(labels)),
                subject=subject, recording=subject, group="midline", montage="scalp", split=split,
            )  # fmt: skip
    return load(folder)


def test_a_patient_is_ill_whose_own_recording_has_something_abnormal(made: WindowSet) -> None:
    """As it was made for the set, at whatever rate and however long."""
    kinds = kinds_of(made)
    for number, subject in enumerate(made.header.subjects):
        (kind,) = set(kinds[made.subject == number])
        if subject.startswith("sim-"):
            whole = simulate(int(subject[4:]), 34.0, rate_hz=500.0, ied_rate_per_min=20.0, minutes_per_stage=0.5)
            assert kind == ("ill" if whole.abnormalities else "well")
        else:
            assert kind == "person"
    assert {"ill", "well", "person"} == set(kinds)


def test_depth_leads_are_refused(made: WindowSet) -> None:
    """Whether such a patient is ill was drawn by other shares."""
    depth = replace(made, header=replace(made.header, montages=("scalp", "shaft")))
    with pytest.raises(DataError, match="make it with --layouts scalp"):
        kinds_of(depth)


def test_arms_have_as_many_windows_and_only_those_of_their_subjects(made: WindowSet) -> None:
    """The arm of one person has fewest: eight positives and twenty negatives."""
    kinds = kinds_of(made)
    found = parts(made, ARMS, kinds, seed=1)
    for arm in ARMS:
        train, validation = found[arm.name]["train"], found[arm.name]["validation"]
        assert (train.counts().positives, train.counts().negatives) == AMOUNTS["train"]
        assert set(kinds[train.indices]) <= arm.kinds
        assert not set(train.indices) & set(validation.indices)
        assert np.array_equal(validation.indices, found[ARMS[0].name]["validation"].indices)


def test_the_difference_between_ends_is_zero_in_the_copy_alone(made: WindowSet, tmp_path: Path) -> None:
    """And a second call takes the copy that is there."""
    copy = without_ends(made, tmp_path / "copy")
    assert not copy.windows[:, ROWS - 1].any()
    assert np.array_equal(copy.windows[:, : ROWS - 1], made.windows[:, : ROWS - 1])
    assert made.windows[:, ROWS - 1].any()
    assert without_ends(made, tmp_path / "copy").folder == copy.folder


def test_an_arm_is_trained_by_the_recipe_with_its_own_settings(made: WindowSet, tmp_path: Path) -> None:
    """The model folder is there, and the run's recipe has what the arm leaves out."""
    recipe = Recipe.plain("bce").changed(
        {"parameters": {"width": 8}, "epochs": 3, "mine_rounds": 1, "initialisation": "torch", "batch_windows": 8}
    )
    arm = Arm("without mining", settings={"mine_rounds": 0}, sees_ends=False)
    its = parts(made, (arm,), kinds_of(made), seed=1)["without mining"]
    model = trained(arm, its, recipe, tmp_path / "run")
    assert (model / "manifest.json").is_file()
    assert Recipe.from_json((tmp_path / "run" / "recipe.json").read_text()).mine_rounds == 0
    assert (tmp_path / "without-ends").is_dir()
