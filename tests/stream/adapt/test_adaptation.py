"""From a journal's reviews and a recording to a model of the bed's own."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from models.engines.verifying import open_verifier
from models.errors import ModelError
from models.zoo import store
from stream.adapt.adaptation import Adapted, Request, adapt
from stream.adapt.promotion import Promotion
from stream.config.keys import Bed, BedInfer, Condition, Config, Infer
from stream.errors import ConfigError
from stream.schema.outgoing import message_id
from tests.stream.adapt.simulated_night import Night, night


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Return a night that a reviewer went through."""
    return night(tmp_path_factory.mktemp("night"))


def request_of(reviewed: Night, out: str = "adapted", config: Config | None = None) -> Request:
    """Return the request for the night's bed."""
    asked = config or reviewed.config
    return Request(asked, asked.bed[0], [reviewed.recording], reviewed.recording.with_name(out), "sasu", "command")


@pytest.fixture(scope="module")
def made(reviewed: Night) -> tuple[Adapted, list[str]]:
    """Adapt once, and keep what was reported."""
    lines: list[str] = []
    # The bed has a promoted model: held to its own last weights, one would drift from click to click.
    kept = copytree(
        store.ZOO / "sc-stream-small", reviewed.recording.with_name("events.db.models") / "bed-1" / "before"
    )
    bed = reviewed.config.bed[0].model_copy(update={"infer": BedInfer(detector=str(kept))})
    request = request_of(reviewed, config=reviewed.config.model_copy(update={"bed": [bed]}))
    return adapt(request, reviewed.review(), lines.append), lines


def test_every_reviewed_event_is_found_though_the_clocks_differ(
    made: tuple[Adapted, list[str]], reviewed: Night
) -> None:
    """The recorder's clock is 0.43 s ahead; sc-small is the base, and held-out events got better."""
    found, [line] = made
    assert (found.accepted, found.rejected) == (reviewed.accepted, reviewed.rejected)
    assert f"{reviewed.accepted} accepted and {reviewed.rejected} rejected events, clock +0.43 s" in line
    assert found.base == "sc-small"
    assert found.held_out.verdict == "better"


def test_the_folder_says_what_it_was_made_of_and_works_as_a_model(made: tuple[Adapted, list[str]]) -> None:
    """Only the verifier has examples more; the detector's hash differs too, for events are named by it."""
    found, _ = made
    loaded, base = store.load(found.folder), store.load("sc-small")
    assert loaded.manifest.name == "sc-small-bed-1"
    assert "with examples, weighted by loss sasu: " in loaded.manifest.training_data
    assert loaded.manifest.threshold == base.manifest.threshold
    assert loaded.manifest.sha256 != base.manifest.sha256
    assert all(weights.equal(base.network.state_dict()[key]) for key, weights in loaded.network.state_dict().items())
    verifier = open_verifier(loaded.manifest)
    assert verifier is not None
    assert verifier.name == "whole-head-bed-1"
    shipped, own = store.load("whole-head").network.state_dict(), store.load(found.folder / "verifier").network
    learned = own.state_dict()
    assert all(learned[key].equal(weights) for key, weights in shipped.items())
    assert set(learned) - set(shipped) == {"own.examples", "own.weights"}
    assert len(learned["own.weights"]) >= found.accepted + found.rejected
    card = (found.folder / store.CARD).read_text(encoding="utf-8")
    assert "Held-out reviews: better" in card
    assert "Made for one patient" in card
    ids = {message_id("demo", "bed-1", 1, "ied", one.manifest.sha256, 7) for one in (loaded, base)}
    assert len(ids) == 2


def test_an_adapted_model_can_be_promoted(made: tuple[Adapted, list[str]], reviewed: Night) -> None:
    """With its verifier, which lies in its folder."""
    swap = Promotion(reviewed.config, reviewed.config.bed[0], "ann").promote(made[0].folder)
    assert swap.after == f"sc-small-bed-1 {made[0].sha256}"
    [kept] = reviewed.config.journal.path.parent.glob(f"events.db.models/bed-1/{made[0].sha256[:12]}")
    verifier = open_verifier(store.load(kept).manifest)
    assert verifier is not None
    assert verifier.name == "whole-head-bed-1"


def test_what_cannot_be_learned_from_is_refused_in_one_line(reviewed: Night, tmp_path: Path) -> None:
    """Before any recording is read, where that can be known."""
    with pytest.raises(ConfigError, match="is there already; name another folder"):
        adapt(replace(request_of(reviewed), out=tmp_path), reviewed.review())
    shaft = Config(bed=[Bed(id="bed-1", condition=Condition(montage="shaft"))], infer=reviewed.config.infer)
    with pytest.raises(ModelError, match="sc-depth-small of bed bed-1 has no verifier"):
        adapt(request_of(reviewed, "none", shaft), reviewed.review())
    off = reviewed.config.model_copy(update={"infer": Infer(detector="off")})
    with pytest.raises(ConfigError, match="so there is no model to adapt"):
        adapt(request_of(reviewed, "none", off), reviewed.review())
