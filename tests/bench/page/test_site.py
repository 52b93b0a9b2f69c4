"""The page that is measured draws as many rows as it says."""

import pytest

from bench.page.site import source
from stream.config.keys import Bed
from stream.supervise.trace_maker import TraceMaker


@pytest.mark.parametrize("channels", [21, 64])
def test_each_electrode_is_a_row(channels: int) -> None:
    """None is left out for its name."""
    maker = TraceMaker(source(channels), Bed(id="bed-1"))
    assert len(maker.montages["referential"].rows) == channels
