"""What an XDF stream says of its channels, as pyxdf returns it: as live."""

from typing import Any

import pytest

from models.readers.xdf_channels import channels, odd_description
from models.signal.units import microvolts


def info(sample_format: str, **described: str) -> dict[str, Any]:
    """Return the description of one channel."""
    channel = {key: [value] for key, value in described.items()}
    desc = [{"channels": [{"channel": [channel]}]}]
    return {"channel_count": ["1"], "channel_format": [sample_format], "desc": desc}


@pytest.mark.parametrize(
    ("sample_format", "factor", "unit"),
    [
        ("int16", "0.5", "0.5 microvolts"),
        ("int32", "4.8e-2", "0.048 microvolts"),
        ("float32", "0.5", "microvolts"),
        ("int16", "", "microvolts"),
        ("int16", "-1", "microvolts"),
        ("int16", "nan", "microvolts"),
        ("int16", "n/a", "microvolts"),
        ("int32", "0,1", "0.1 microvolts"),
        ("int32", " 4,8E-2 ", "0.048 microvolts"),
    ],
)
def test_whole_numbers_are_counts_where_a_factor_stands(sample_format: str, factor: str, unit: str) -> None:
    """A factor that cannot be one does not count."""
    [found] = channels(info(sample_format, label="T3", unit="microvolts", scaling_factor=factor))
    assert found == {"label": "T3", "unit": unit, "type": ""}


@pytest.mark.parametrize("factor", ["1.000,5", "one", "0.1 uV", "0x"])
def test_a_factor_that_nobody_can_read_leaves_no_voltage(factor: str) -> None:
    """A count is then of unknown size; those of float32 have theirs."""
    [found] = channels(info("int16", label="T3", unit="microvolts", scaling_factor=factor))
    assert microvolts(found["unit"]) is None
    assert factor in found["unit"]
    [found] = channels(info("float32", label="T3", unit="microvolts", scaling_factor=factor))
    assert found["unit"] == "microvolts"


def test_what_is_not_described_is_numbered() -> None:
    """And has neither unit nor type."""
    assert channels(info("int16", scaling_factor="0.5")) == [{"label": "CH1", "unit": "", "type": ""}]


@pytest.mark.parametrize(
    ("count", "said"), [(1, ()), (2, ("describes 1 channels and has 2: which is which nobody knows",))]
)
def test_a_description_of_fewer_channels_is_told(count: int, said: tuple[str, ...]) -> None:
    """Its labels are not used, and whoever wrote them would look for the reason."""
    described = info("float32", label="T3") | {"channel_count": [str(count)]}
    assert odd_description(described) == said
    assert odd_description(described | {"desc": [None]}) == ()
