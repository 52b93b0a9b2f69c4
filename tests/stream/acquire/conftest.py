"""The bench on which links are tried."""

from pathlib import Path

import pytest

from tests.stream.acquire.fake_network import LinkHarness


@pytest.fixture
def bench(tmp_path: Path) -> LinkHarness:
    """Return a link to a network where nothing sends yet."""
    return LinkHarness(tmp_path)
