"""Beds whose windows a fleet scores: the same events, and a bed that says who scored them."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.engines.engine import Answers, Engine, Floats
from models.zoo import store
from stream.config.keys import Bed, Config, Infer
from stream.detect.models import Detectors
from stream.detect.stages import open_fleet
from stream.errors import ConfigError
from stream.fleet.link import FleetError
from stream.logbook import samplelog
from tests.stream.detect import two_beds
from tests.stream.detect.two_beds import BEDS, Host

NOWHERE = "http://127.0.0.1:1"


class Unreliable:
    """A link to a fleet of this process, that fails while it is told to."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.fails = engine, False

    def ask(self, windows: Floats, deadline_s: float) -> tuple[Answers, str]:
        """Answer as the engine does."""
        assert deadline_s == 0.1
        if self.fails:
            raise FleetError("it is gone")
        return self.engine.score(windows), "elsewhere"


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Host, Unreliable]:
    """Two beds whose windows a fleet scores, and the link to it."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    infer = Infer(device="cpu", detector="sc-small", sleep="off", fleet=NOWHERE)
    detectors = Detectors(Config(bed=[Bed(id=name) for name in BEDS], infer=infer))
    fleet = detectors.of(Bed(id="good")).fleet
    assert fleet is not None
    link = Unreliable(fleet.leave())
    monkeypatch.setattr(fleet, "_link", link)
    monkeypatch.setattr(fleet, "by", "fleet")
    monkeypatch.setattr(two_beds, "opened", lambda _model: detectors)
    return Host(tmp_path, "sc-small"), link


@pytest.mark.fault
def test_i9_a_bed_whose_fleet_is_gone_finds_the_same_and_says_so(ward: tuple[Host, Unreliable]) -> None:
    """The same recording at two beds, the fleet gone before the second: events, their engine, alarm and counts."""
    host, link = ward
    host.play("good")
    link.fails = True
    host.play("bad")
    assert host.samples_of_events("bad") == host.samples_of_events("good") != []
    engines = {bed: {event["engine"] for event in host.journal.newest(bed, "ied", 1000)} for bed in BEDS}
    assert engines == {"good": {"fleet-elsewhere"}, "bad": {f"{link.engine.name} in place of the fleet"}}
    alarm = f"the fleet: it is gone; windows are scored by {link.engine.name} on this host in its place"
    assert host.report("bad").alarms["fleet_lost"] == alarm
    by = {bed: sum((Counter(one.fleet) for one in host.every_report(bed)), Counter[str]()) for bed in BEDS}
    assert set(by["good"]) == {"fleet"}
    assert set(by["bad"]) == {"failed", "not_asked"}
    assert sum(by["bad"].values()) == sum(by["good"].values()) > 100


def test_a_fleet_that_answers_wrongly_is_left(ward: tuple[Host, Unreliable]) -> None:
    """The canary goes to the fleet as well; this host's engine scores from then on."""
    host, link = ward
    right = link.engine

    class Wrong:
        name, context_samples = right.name, right.context_samples

        def score(self, windows: Floats) -> Answers:
            probabilities, peaks = right.score(windows)
            return np.abs(probabilities - np.float32(0.2)), peaks

    link.engine = Wrong()
    host.rounds.report()
    assert "fleet-elsewhere gives another answer" in host.report("good").alarms["engine_replaced"]
    assert f"{right.name} is used in its place" in host.report("good").alarms["engine_replaced"]


@pytest.mark.parametrize(
    ("infer", "reason"),
    [
        (Infer(fleet=NOWHERE, detector="sc-stream-small"), "model sc-stream-small is scored beside its bed alone"),
        (
            Infer(fleet=NOWHERE, sleep="detector"),
            'infer.sleep = "detector" with sc-small is scored beside its bed alone',
        ),
    ],
)
def test_what_remembers_cannot_be_sent_away(infer: Infer, reason: str) -> None:
    """One line at the start that names the key."""
    loaded = store.load("sc-small" if infer.detector == "auto" else infer.detector)
    with pytest.raises(ConfigError, match=f'^infer.fleet = "{NOWHERE}": {reason}; set infer.fleet to ""'):
        open_fleet(loaded, Config(bed=[Bed(id="a")], infer=infer), both=infer.sleep == "detector")


def test_without_a_fleet_none_is_asked() -> None:
    """The default."""
    assert open_fleet(store.load("sc-small"), Config(bed=[Bed(id="a")]), both=False) is None
