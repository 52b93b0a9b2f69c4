"""Signals that hold no EEG, over real LSL: status, page, metrics, journal and log agree on what is not analysed."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.stream.brokers import MOSQUITTO, PATIENCE_S
from tests.stream.eeg_file import save
from tests.stream.live_system import LiveSystem, becomes, bed, payloads

pytestmark = [pytest.mark.fault, pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")]
RATE_HZ = 256
# Good for 8 s, bad for 10 s, good again: the alarm comes after 5 s, and the filters settle within 4 s. By then C4 is
# taken for lost, until it has been good for 10 s.
BAD, LENGTH = slice(8 * RATE_HZ, 18 * RATE_HZ), 34 * RATE_HZ
RIGHT = ("Fp2", "F4", "C4", "P4", "O2", "F8", "T8", "P8")
"""All electrodes of the right half: two of the five groups have no other, and the midline has C4."""

Samples = np.ndarray


def _flat(samples: Samples, _labels: tuple[str, ...]) -> None:
    samples[:, BAD] = samples[:, BAD.start, None]


def _no_number(samples: Samples, _labels: tuple[str, ...]) -> None:
    samples[:, BAD] = np.nan


def _at_the_rail(samples: Samples, _labels: tuple[str, ...]) -> None:
    samples[:, BAD] = 187_500.0


def _right_half_flat(samples: Samples, labels: tuple[str, ...]) -> None:
    rows = [labels.index(name) for name in RIGHT]
    samples[rows, BAD] = samples[rows, BAD.start, None]


FAULTS: dict[str, Callable[[Samples, tuple[str, ...]], None]] = {
    "s1-nan": _no_number,
    "s2-flat": _flat,
    "s3-rail": _at_the_rail,
    "s2-right": _right_half_flat,
}
"""Each bed's fault, by its row of the fault table."""
WHOLE = ("s1-nan", "s2-flat", "s3-rail")
REASON = "electrodes are flat, at the rail or send no number"


@dataclass(frozen=True)
class Look:
    """What page, watchdog and scrape said at one moment."""

    page: dict[str, Any]
    detecting: tuple[int, str]
    metrics: str


@dataclass(frozen=True)
class Seen:
    """What was seen of each bed in the middle of its fault, and the system after its end."""

    system: LiveSystem
    looks: dict[str, Look]


@pytest.fixture(scope="module")
def seen(discharges: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Play all faults at once, one bed each, and look at everything while they last; then wait for the end."""
    folder = tmp_path_factory.mktemp("signal")
    with np.load(discharges) as eeg, LiveSystem(folder, *map(bed, FAULTS)) as system:
        labels, files = tuple(eeg["labels"]), {}
        for name, spoil in FAULTS.items():
            samples = eeg["x"][:, :LENGTH].copy()
            spoil(samples, labels)
            files[name] = save(folder / f"{name}.npz", samples, RATE_HZ, labels)
        system.run()
        players = [system.play(file, name) for name, file in files.items()]
        looks: dict[str, Look] = {}
        # Each at its own time: on a busy machine senders do not begin together.
        becomes(lambda: looked_at_all(system, looks), PATIENCE_S, "every bed's alarm")
        assert [player.wait(PATIENCE_S) for player in players] == [0] * 4
        becomes(lambda: system.accounted() == dict.fromkeys(FAULTS, LENGTH), PATIENCE_S, "all samples accounted for")
        yield Seen(system, looks)


def has_fault(system: LiveSystem, name: str) -> bool:
    """Return whether a bed's newest status has the alarm of its fault."""
    alarm = "reference_lost" if name in WHOLE else "groups_lost"
    return any(alarm in status["alarms"] for status in payloads(system.witness, name, "status")[-1:])


def looked_at_all(system: LiveSystem, looks: dict[str, Look]) -> bool:
    """Look at each bed that has its alarm and was not looked at; return whether that leaves none."""
    for name in FAULTS.keys() - looks.keys():
        if has_fault(system, name):
            looks[name] = look(system)
    return looks.keys() == FAULTS.keys()


def look(system: LiveSystem) -> Look:
    """Read the page's state, the answer to a watchdog and the scrape page."""
    root = f"http://127.0.0.1:{system.config.web.port}"
    with urllib.request.urlopen(f"{root}/state.json", timeout=10) as answer:
        page: dict[str, Any] = json.loads(answer.read())
    try:
        with urllib.request.urlopen(f"{root}/-/detecting", timeout=10) as answer:
            detecting = (answer.status, answer.read().decode())
    except urllib.error.HTTPError as refused:
        detecting = (refused.code, refused.read().decode())
    return Look(page["beds"], detecting, system.scrape())


@pytest.mark.parametrize("name", WHOLE)
def test_s1_s2_s3_a_bed_without_any_signal_is_not_detecting_anywhere(seen: Seen, name: str) -> None:
    """Status, page, watchdog, metrics, journal and log: one alarm, one reason, every group named."""
    statuses = [
        status for status in payloads(seen.system.witness, name, "status") if "reference_lost" in status["alarms"]
    ]
    assert {status["state"] for status in statuses} == {"stale"}
    assert set(statuses[0]["groups"].values()) == {"signal"}
    assert len(statuses[0]["groups"]) == 5
    then = seen.looks[name]
    shown = then.page[name]
    assert (shown["detecting"], [alarm["name"] for alarm in shown["alarms"]]) == (False, ["reference_lost"])
    assert set(shown["groups"].values()) == {REASON}
    assert then.detecting[0] == 503
    assert f"{name}: in every group {REASON}" in then.detecting[1]
    assert f'spikewatch_detecting{{bed="{name}"}} 0.0' in then.metrics
    assert f'spikewatch_group_analysed{{bed="{name}",group="midline"}} 0.0' in then.metrics
    assert f'spikewatch_alarm{{bed="{name}",name="reference_lost",priority="not_detecting"}} 1.0' in then.metrics
    assert any("reference_lost" in line and name in line for line in seen.system.log())


def test_s2_a_bed_that_lost_some_groups_is_degraded_and_names_them(seen: Seen) -> None:
    """The other groups are watched, and the bed is detecting."""
    name = "s2-right"
    then = seen.looks[name]
    status = next(s for s in payloads(seen.system.witness, name, "status") if "groups_lost" in s["alarms"])
    assert (status["state"], status["priorities"]) == ("degraded", {"groups_lost": "degraded"})
    assert status["groups"].keys() == {"right-temporal", "right-parasagittal", "midline"}
    assert then.page[name]["detecting"]
    assert then.page[name]["groups"].keys() == status["groups"].keys()
    assert f"{name}:" not in then.detecting[1]
    assert f'spikewatch_group_analysed{{bed="{name}",group="midline"}} 0.0' in then.metrics
    assert f'spikewatch_group_analysed{{bed="{name}",group="left-temporal"}} 1.0' in then.metrics


@pytest.mark.parametrize("name", FAULTS)
def test_the_alarm_begins_and_ends_once_and_the_bed_is_online_again(seen: Seen, name: str) -> None:
    """As its signal comes back."""
    alarm = "reference_lost" if name in WHOLE else "groups_lost"
    events = [event for event in payloads(seen.system.witness, name, "event/alarm") if event["name"] == alarm]
    # The midline is bridged over C4 meanwhile, and the alarm then names two groups in place of three.
    explained = events[0]["reason"] != events[1]["reason"] and name == "s2-right"
    assert [event["on"] for event in events] == [True, *[True] * explained, False]
    states = [status["state"] for status in payloads(seen.system.witness, name, "status")]
    assert "online" in states[states.index("stale" if name in WHOLE else "degraded", states.index("online")) :]


@pytest.mark.parametrize("name", WHOLE)
def test_what_holds_no_eeg_is_rejected_and_accounted_for(seen: Seen, name: str) -> None:
    """Ten seconds, what the filters need at both ends, and no sample besides."""
    accounting = seen.system.accounting(name)
    assert accounting.keys() == {"analysed", "rejected"}
    assert 10 * RATE_HZ < accounting["rejected"] < 20 * RATE_HZ
