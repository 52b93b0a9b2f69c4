"""Quantiles of frames."""

from bench.page.frames import spread


def test_quantiles_have_their_names() -> None:
    """Of a hundred and one values, by their rank."""
    assert spread([float(value) for value in range(101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
