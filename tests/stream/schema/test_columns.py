"""Keys of a payload as columns."""

from stream.schema.columns import IED_COLUMNS, flat
from tests.stream.cli.exports.example import event


def test_every_key_of_an_event_is_a_column() -> None:
    """Also those within a key, and under the names that leave the process."""
    payload = event(1)
    payload.pop("time_s")
    assert set(flat(payload)) == set(IED_COLUMNS)
    assert {"schema", "model.sha256", "latency_ms.total"} <= set(IED_COLUMNS)
