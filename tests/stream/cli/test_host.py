"""What this host has: `spikewatch models` and `doctor`."""

from pathlib import Path
from typing import get_args

from models.zoo import store
from stream.cli import host
from stream.doctor.check import Verdict
from tests.stream.cli.command import spikewatch


def test_models_are_listed_for_a_program(folder: Path) -> None:
    """Each with name, hash and task; the list is that of the zoo."""
    ended = spikewatch(folder, "models", "--json")
    # Read from the disk, not from `store.names`, which is what the command itself uses.
    zoo = sorted(path.parent.name for path in store.ZOO.glob("*/manifest.json"))
    assert ended.code == 0
    assert [model["name"] for model in ended.lines] == zoo


def test_each_verdict_of_the_doctor_has_a_colour() -> None:
    """Else the table could not be drawn, on the one day that it is needed."""
    assert set(host.COLOURS) == set(get_args(Verdict))
