"""What a bed's retained status, journal and page say of each fault that a process reports, and once it is over."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stream.schema.alarms import ALARMS
from stream.schema.asyncapi import RETAINED
from stream.schema.reports import LinkState
from stream.schema.states import Status
from tests.stream.supervise.bed_harness import Harness
from tests.stream.supervise.reports import ANALYSING, STREAMING

Fault = Callable[[Harness], None]
REASON = "as the process has it"


def link(state: LinkState) -> Fault:
    """Report a link that does not stream."""
    return lambda harness: harness.bed.on_report(replace(STREAMING, state=state, reason=REASON))


def odd(alarm: str) -> Fault:
    """Report something odd about a stream that is followed."""
    return lambda harness: harness.bed.on_report(
        replace(STREAMING, newest_arrival_s=harness.clock.now_s, alarms={alarm: REASON})
    )


def found(alarm: str) -> Fault:
    """Report what the detector knows to be wrong."""
    return lambda harness: harness.bed.on_report(
        replace(ANALYSING, scored_s={"left": harness.clock.now_s, "right": harness.clock.now_s}, alarms={alarm: REASON})
    )


def delivery(trouble: str = "", refused: str = "", unheard: str = "", foreign: str = "") -> Fault:
    """Tell how the broker takes the bed's messages."""

    def tell(harness: Harness) -> None:
        harness.bed.observe_delivery(trouble, {"event/ied": refused} if refused else {}, unheard, foreign)
        harness.bed.publish_status()

    return tell


FAULTS: dict[str, tuple[Fault, str]] = {
    "l1-lost": (link("lost"), "signal_lost"),
    "l2-l3-silent": (link("silent"), "signal_lost"),
    "l5-l6-l18-refused": (link("refused"), "stream_refused"),
    "l7-twin": (odd("duplicate_source"), "duplicate_source"),
    "l8-changed": (found("source_changed"), "source_changed"),
    "l9-l10-l19-none-found": (link("resolving"), "no_stream"),
    "l11-overflow": (odd("samples_missing"), "samples_missing"),
    "l12-l13-clock": (odd("clock_wrong"), "clock_wrong"),
    "l14-step": (odd("clock_step"), "clock_step"),
    "l15-sync": (odd("clock_sync_lost"), "clock_sync_lost"),
    "l16-rate": (odd("rate_wrong"), "rate_wrong"),
    "s4-mains": (odd("mains"), "mains"),
    "l20-acquire-dead": (lambda harness: harness.bed.on_link_ended(REASON), "signal_lost"),
    "s8-unit": (found("implausible_amplitude"), "implausible_amplitude"),
    "i3-engine": (found("engine_replaced"), "engine_replaced"),
    "i6-shed": (found("shed"), "shed"),
    "i6-overload": (found("overload"), "overload"),
    "i8-p1-detector-dead": (lambda harness: harness.bed.on_detector_ended(REASON), "detector_down"),
    "i9-fleet": (found("fleet_lost"), "fleet_lost"),
    "m1-m2-m6-m7-m8-broker": (delivery(trouble=REASON), "broker_down"),
    "m4-refused": (delivery(refused=REASON), "broker_refuses"),
    "m5-unheard": (delivery(unheard=REASON), "no_subscriber"),
    "m9-forged": (delivery(foreign=REASON), "foreign_status"),
    "p10-refused": (found("bed_refused"), "bed_refused"),
    "p10-failed": (found("bed_failed"), "bed_failed"),
}
"""How each row of the fault table reaches the parent, and its alarm. Those that several reports make have own tests."""


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Begin before the first report."""
    made = Harness(tmp_path)
    yield made
    made.close()


@pytest.mark.fault
@pytest.mark.parametrize("row", FAULTS)
async def test_a_fault_stands_in_the_retained_status_and_in_the_journal_until_it_is_over(
    harness: Harness, row: str
) -> None:
    """With its reason, priority and what to do; the state is never online meanwhile, and is again behind it."""
    fault, alarm = FAULTS[row]
    harness.report_well()
    fault(harness)
    status = harness.published[-1]
    assert isinstance(status, Status)
    assert status.topic().rpartition("/")[2] in RETAINED
    priority = ALARMS[alarm].priority
    assert status.state == ("stale" if priority == "not_detecting" else "degraded")
    assert REASON in status.alarms[alarm]
    assert (status.priorities, status.actions) == ({alarm: priority}, {alarm: ALARMS[alarm].action})
    assert harness.bed.account.detecting == (priority != "not_detecting")
    harness.report_well()
    delivery()(harness)
    assert await harness.events() == [(alarm, True), (alarm, False)]
    assert harness.statuses()[-1] == ("online", [])
