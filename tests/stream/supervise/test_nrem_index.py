"""`state/spike_wave_index`: how the parent makes it of the journal."""

from datetime import UTC, datetime

from stream.logbook.night import NOTHING, Night
from stream.supervise.nrem_index import EVERY_S, NremIndex, spike_wave_index
from tests.stream.hand_clock import HandClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_state_has_every_definition_and_its_coverage() -> None:
    """300 s of N2 with a spike in every second second, of which 60 s were lost."""
    night = Night(
        300.0, [(30.0 * k, "N2") for k in range(1, 11)], [k + 0.5 for k in range(0, 300, 2)], [(200.0, 260.0)]
    )
    payload = spike_wave_index("bed-1", NOW, night).payload()
    assert payload["nrem"] == {"percent": 50.0, "analysed_s": 240, "coverage": 0.8}
    assert payload["first_100_s_n2"] == {"percent": 50.0, "analysed_s": 100, "coverage": 1.0}
    assert payload["first_10_min_nrem"] == {"percent": 50.0, "analysed_s": 240, "coverage": 0.4}
    assert payload["cycles"] == [payload["nrem"]]
    assert payload["schema"] == "spikewatch/state/spike_wave_index/1"


def test_before_sleep_there_is_no_figure() -> None:
    """Null, and a coverage of none."""
    payload = spike_wave_index("bed-1", NOW, NOTHING).payload()
    assert payload["nrem"] == {"percent": None, "analysed_s": 0, "coverage": 0.0}


def test_it_is_made_once_in_half_a_minute() -> None:
    """At once, and then as often as an epoch ends."""
    clock = HandClock()
    index = NremIndex(clock)
    assert [index.is_due, index.is_due] == [True, False]
    clock.now_s += EVERY_S
    assert [index.is_due, index.is_due] == [True, False]
