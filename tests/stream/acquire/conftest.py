"""The bench on which links are tried."""

from pathlib import Path

import pytest

from tests.stream.acquire.fake_network import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Give a link to a network where nothing sends yet."""
    return Bench(tmp_path)
