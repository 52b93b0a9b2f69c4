"""Parquet, read back by pyarrow: the same events as the message, key by key."""

import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from stream.cli.exports import parquet
from stream.errors import ConfigError
from stream.schema.columns import IED_COLUMNS
from tests.stream.cli.exports.example import example, judged


def test_events_are_read_back_field_by_field(tmp_path: Path) -> None:
    """Types, nested keys and nulls are those of the payload; what was said of an event of a file is null."""
    read_table = pytest.importorskip("pyarrow.parquet", reason="the extra [export] is not installed").read_table
    ieds, stretches = parquet.write(judged(), tmp_path)
    assert read_table(ieds).to_pylist() == list(judged().events)
    assert read_table(stretches).to_pylist() == [asdict(one) for one in judged().stretches]
    ieds, _ = parquet.write(example(), tmp_path)
    unsaid = {"standing": None, "labels": None, "reviewers": None}
    assert read_table(ieds).to_pylist() == [event | unsaid for event in example().events]


def test_every_key_of_the_message_has_a_type() -> None:
    """Also where pyarrow is not installed: a key without one would be left out without a word."""
    plain = ("time_s", *parquet.COUNTS, *parquet.LISTS, *parquet.TEXTS, *parquet.NUMBERS)
    typed = [name for name in plain if name != "time_s"]
    typed += [f"model.{name}" for name in parquet.MODEL] + [f"latency_ms.{name}" for name in parquet.LATENCIES]
    typed += [f"reasons.{name}" for name in parquet.REASONS]
    assert sorted(typed) == sorted(IED_COLUMNS)


def test_a_recording_without_events_has_the_same_columns(tmp_path: Path) -> None:
    """So tables of many recordings can be joined."""
    read_schema = pytest.importorskip("pyarrow.parquet", reason="the extra [export] is not installed").read_schema
    full, _ = parquet.write(example(), tmp_path)
    empty, _ = parquet.write(replace(example("empty"), events=()), tmp_path)
    assert read_schema(full).equals(read_schema(empty))


def test_without_pyarrow_a_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pyarrow is missing; install it with pip install spikewatch\[export\]"):
        parquet.write(example(), tmp_path)
