"""JournalHealth: a failure is remembered until the same use succeeds."""

from stream.errors import RecordError
from stream.logbook.journal_health import JournalHealth


def test_a_failure_lasts_until_the_same_use_succeeds() -> None:
    """That a full disk can be read does not mean that it can be written."""
    health = JournalHealth()
    health.failed("post", RecordError("disk is full"))
    health.succeeded("last_seq")
    assert health.reason == "disk is full"
    health.succeeded("post")
    assert health.reason == ""


def test_one_reason_is_given_once() -> None:
    """Whatever it kept from being done."""
    health = JournalHealth()
    health.failed("post", RecordError("disk is full"))
    health.failed("acknowledge", RecordError("disk is full"))
    health.failed("pending", RecordError("disk I/O error"))
    assert health.reason == "disk is full; disk I/O error"
