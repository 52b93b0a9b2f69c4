"""`spikewatch models`: the list, and a bed's model swapped from the command line."""

from pathlib import Path

from models.zoo import store
from stream.logbook.journal import Journal
from tests.models.zoo.verifier_folder import save
from tests.stream.cli.command import spikewatch


def test_models_are_listed_for_a_program(folder: Path) -> None:
    """Each with name, hash and task; the list is that of the zoo."""
    ended = spikewatch(folder, "models", "--json")
    # Read from the disk, not from `store.names`, which is what the command itself uses.
    zoo = sorted(path.parent.name for path in store.ZOO.glob("*/manifest.json"))
    assert ended.code == 0
    assert [model["name"] for model in ended.lines] == zoo


def test_a_swap_says_what_it_did_and_when_it_takes_effect(folder: Path) -> None:
    """The bed has to be named, and to be there."""
    Journal(folder / "events.db").close()
    promoted = spikewatch(folder, "models", "promote", "sc-stream-small", "--bed", "bed-2", "--as", "ann")
    assert promoted.code == 0, promoted.err
    assert promoted.out.startswith("bed-2: sc-stream-small ")
    assert "SIGHUP" in promoted.out
    wrong = spikewatch(folder, "models", "rollback", "--bed", "bed-9")
    assert (wrong.code, wrong.err) == (2, "spikewatch: --bed bed-9: no such bed; there are bed-1, bed-2\n")


def test_a_mean_of_verifiers_is_made_and_named(folder: Path) -> None:
    """It loads like any model; one verifier alone is no mean, and a detector no verifier."""
    for seed, name in enumerate(("one", "two")):
        save(folder / name, seed)
    made = spikewatch(folder, "models", "mean", "one", "two", "--out", "both")
    assert made.code == 0, made.err
    found = store.load(folder / "both").manifest
    assert made.out == f"both: both {found.sha256[:8]}, the mean of 2 verifiers\n"
    assert found.command.endswith("spikewatch models mean one two --out both")
    alone = spikewatch(folder, "models", "mean", "one", "--out", "other")
    assert (alone.code, "a mean is of two verifiers or more" in alone.err) == (2, True)
    wrong = spikewatch(folder, "models", "mean", "one", "sc-small", "--out", "other")
    assert (wrong.code, wrong.err) == (3, "spikewatch: sc-small: is sc, no verifier (whole_head): name verifiers\n")
