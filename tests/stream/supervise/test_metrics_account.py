"""What the metrics show of a bed's account: watched or not, its groups, its alarms, its sleep stage."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stream.config.keys import Bed, Config
from stream.schema.alarms import ALARMS
from stream.supervise.account import Account
from stream.supervise.metrics import Metrics
from tests.stream.supervise.test_metrics import ACQUIRE, READY, value

ACCOUNT = Account(
    state="degraded", since_utc=datetime(2026, 1, 1, tzinfo=UTC), reason="", alarms={"groups_lost": "left"},
    groups={"left": "signal"}, stage="N2", data_age_s=0.1, analysed_age_s=0.4,
)  # fmt: skip


@pytest.fixture
def metrics() -> Metrics:
    """Make the metrics of a site with two beds."""
    return Metrics(Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")]))


def test_a_bed_is_shown_as_its_account_has_it(metrics: Metrics) -> None:
    """Watched or not, how old what is analysed is, and each group; before the first account nothing is watched."""
    assert value(metrics, "detecting", bed="bed-1") == 0
    metrics.observe(replace(READY, groups={"left": ["Fp1-F7"], "right": ["Fp2-F8"]}))
    metrics.observe_account("bed-1", ACCOUNT)
    assert (value(metrics, "detecting", bed="bed-1"), value(metrics, "analysed_age_seconds", bed="bed-1")) == (1, 0.4)
    groups = {group: value(metrics, "group_analysed", bed="bed-1", group=group) for group in ("left", "right")}
    assert groups == {"left": 0, "right": 1}
    assert value(metrics, "alarm", bed="bed-1", name="groups_lost", priority="degraded") == 1
    metrics.observe_account("bed-1", replace(ACCOUNT, state="stale"))
    assert value(metrics, "detecting", bed="bed-1") == 0


def test_a_group_that_the_stream_has_no_more_is_not_shown(metrics: Metrics) -> None:
    """Another recording may have other groups."""
    metrics.observe(replace(READY, groups={"left": ["Fp1-F7"]}))
    metrics.observe_account("bed-1", ACCOUNT)
    metrics.observe(replace(READY, groups={"A": ["A1-A2"]}))
    metrics.observe_account("bed-1", replace(ACCOUNT, groups={}))
    assert value(metrics, "group_analysed", bed="bed-1", group="left") is None
    assert value(metrics, "group_analysed", bed="bed-1", group="A") == 1


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_of_the_registry_is_0_from_the_start_1_while_it_holds_and_0_again(
    metrics: Metrics, name: str
) -> None:
    """So that a rule sees it begin and end; the other bed's is not touched."""
    labels = {"name": name, "priority": ALARMS[name].priority}
    assert value(metrics, "alarm", bed="bed-1", **labels) == 0
    metrics.observe_alarms("bed-1", [name])
    assert (value(metrics, "alarm", bed="bed-1", **labels), value(metrics, "alarm", bed="bed-2", **labels)) == (1, 0)
    metrics.observe_alarms("bed-1", [])
    assert value(metrics, "alarm", bed="bed-1", **labels) == 0


def test_an_alarm_that_the_registry_does_not_list_is_shown(metrics: Metrics) -> None:
    """And ends like any other."""
    metrics.observe_alarms("bed-1", ["later"])
    assert value(metrics, "alarm", bed="bed-1", name="later", priority="degraded") == 1
    metrics.observe_alarms("bed-1", [])
    assert value(metrics, "alarm", bed="bed-1", name="later", priority="degraded") == 0


def test_one_sleep_stage_and_one_link_state_are_1(metrics: Metrics) -> None:
    """The others are 0, and so is the one before."""
    metrics.observe(ACQUIRE)
    metrics.observe_account("bed-1", ACCOUNT)
    metrics.observe_account("bed-1", replace(ACCOUNT, stage="R"))
    stages = {stage: value(metrics, "sleep_stage", bed="bed-1", stage=stage) for stage in ("W", "N2", "R", "unknown")}
    assert stages == {"W": 0, "N2": 0, "R": 1, "unknown": 0}
    assert value(metrics, "link_state", bed="bed-1", state="streaming") == 1
    assert value(metrics, "link_state", bed="bed-1", state="resolving") == 0
