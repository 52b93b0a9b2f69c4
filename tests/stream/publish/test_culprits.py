"""Which message is to blame when the broker hangs up, with the codes by hand."""

from stream.publish.culprits import FEWEST_HANG_UPS, ONE_MESSAGES_FAULT, WITHHELD_S, Culprits
from stream.publish.trouble import HUNG_UP
from tests.stream.hand_clock import HandClock


def test_a_code_for_one_message_convicts_at_once() -> None:
    """Packet too large and the like; a time-out or a refused user convicts nothing, however often."""
    assert all(Culprits().convicts("status", code) for code in ONE_MESSAGES_FAULT)
    innocent = Culprits()
    assert not any(innocent.convicts("status", code) for code in (0, 0x87, 0x8E) * 5)


def test_hang_ups_without_a_reason_convict_what_is_always_there() -> None:
    """Three in a row, of one message; a broker that took it in between hung up for another reason."""
    culprits = Culprits()
    for _ in range(2):
        assert [culprits.convicts("seq 7", HUNG_UP) for _ in range(FEWEST_HANG_UPS - 1)] == [False, False]
        assert not culprits.convicts("seq 8", HUNG_UP)
        culprits.taken("seq 7")
        culprits.taken("seq 8")
    assert [culprits.convicts("seq 7", HUNG_UP) for _ in range(FEWEST_HANG_UPS)] == [False, False, True]
    assert not culprits.convicts("seq 7", HUNG_UP)


def test_a_state_is_withheld_for_a_while() -> None:
    """By its topic; then it is tried again."""
    clock = HandClock()
    culprits = Culprits(clock)
    culprits.withhold("info")
    clock.now_s += WITHHELD_S - 1
    assert (culprits.is_withheld("info"), culprits.is_withheld("status")) == (True, False)
    clock.now_s += 1
    assert not culprits.is_withheld("info")
