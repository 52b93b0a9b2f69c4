"""Measures of a signal's quality: equal to the obvious way, whatever the amplifier's scale."""

import numpy as np
import pytest

from models.signal.quality_measures import BLOCK, FLOOR_UV2, LONG, MIDDLE, NAMES, SHORT, Floats, Measures

RATE_HZ = 128.0
LIVE = np.array([[True] * 5, [True, True, False, False, True]])


def signal(blocks: int, seed: int = 1) -> Floats:
    """Draw ten rows that differ in size, speed and steadiness."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((LIVE.size, blocks * BLOCK))
    smooth = np.array([np.convolve(row, np.ones(1 + at) / (1 + at), mode="same") for at, row in enumerate(rows)])
    swell = 1 + np.sin(np.arange(rows.shape[1]) / np.arange(100, 110)[:, None]) ** 2
    scaled: Floats = smooth * swell * np.arange(10, 20)[:, None]
    return scaled


def pushed(samples: Floats, usable: Floats | None = None) -> Measures:
    """Push whole blocks; `usable` (blocks, rows) says which may be looked at."""
    measures = Measures(LIVE, RATE_HZ)
    for at in range(samples.shape[1] // BLOCK):
        block = samples[:, at * BLOCK : (at + 1) * BLOCK].astype(np.float32)
        measures.push(block, np.ones(LIVE.size, bool) if usable is None else usable[at] > 0)
    return measures


def slow_row(row: Floats) -> dict[str, float]:
    """Measure one row from all of its blocks at once."""
    blocks = row.astype(np.float32).astype(np.float64).reshape(-1, BLOCK)
    power = np.array([np.sum(b**2) for b in blocks])
    level = np.log(power + FLOOR_UV2)
    first = np.array([np.log(np.sum(np.diff(b) ** 2) + FLOOR_UV2) for b in blocks])
    second = np.array([np.log(np.sum(np.diff(b, 2) ** 2) + FLOOR_UV2) for b in blocks])
    jump = np.array([np.log(np.max(np.diff(b) ** 2) + FLOOR_UV2) for b in blocks])
    return {
        "mobility": (first - level)[-SHORT:].mean(),
        "complexity": (second - first)[-SHORT:].mean(),
        "jump": (jump - first)[-SHORT:].mean(),
        "burst": np.log(power[-SHORT:].mean() + FLOOR_UV2) - level[-SHORT:].mean(),
        "burst, 10 s": np.log(power[-MIDDLE:].mean() + FLOOR_UV2) - level[-MIDDLE:].mean(),
        "rise, 10 s": level[-SHORT:].mean() - level[-MIDDLE:].mean(),
        "rise, 30 s": level[-SHORT:].mean() - level[-LONG:].mean(),
        "spread, 10 s": level[-MIDDLE:].std(),
    }


def named(measures: Measures) -> list[dict[str, float]]:
    """Return each group's measures by name."""
    return [dict(zip(NAMES, group.tolist(), strict=True)) for group in measures.measure()[0]]


@pytest.mark.parametrize("blocks", [20, 100, 700])
def test_measures_are_those_of_the_obvious_way(blocks: int) -> None:
    """Least, middle and greatest of a group's live rows; 20 blocks are less than 10 s, 700 move the store twice."""
    samples = signal(blocks)
    for group, found in enumerate(named(pushed(samples))):
        rows = [slow_row(samples[5 * group + row]) for row in np.flatnonzero(LIVE[group])]
        for name in rows[0]:
            ordered = sorted(row[name] for row in rows)
            assert found[f"{name}, least"] == pytest.approx(ordered[0])
            assert found[f"{name}, middle"] == pytest.approx(ordered[(len(ordered) - 1) // 2])
            assert found[f"{name}, greatest"] == pytest.approx(ordered[-1])


def test_a_row_is_compared_with_the_middle_row_of_the_whole_head() -> None:
    """Row 1 a hundred times larger stands out by log 100^2 more than before."""
    samples = signal(60)
    before = named(pushed(samples))[0]["excess, greatest"]
    samples[1] *= 100
    after = named(pushed(samples))[0]["excess, greatest"]
    assert after > before + np.log(100**2) - 2


def test_neighbours_that_share_one_loose_electrode_are_opposite() -> None:
    """With noise in the shared one alone the correlation is -1, with noise in all three -0.5."""
    rng = np.random.default_rng(3)
    electrodes = rng.standard_normal((6, 40 * BLOCK)) * 30
    samples = np.zeros((LIVE.size, 40 * BLOCK))
    samples[:5] = electrodes[:-1] - electrodes[1:]
    assert named(pushed(samples))[0]["correlation, mean"] == pytest.approx(-0.5, abs=0.1)
    samples[0], samples[1] = -electrodes[1], electrodes[1]
    assert named(pushed(samples))[0]["correlation, least"] == pytest.approx(-1.0, abs=1e-4)


def test_the_amplifiers_scale_changes_nothing() -> None:
    """A thousand times larger gives the same measures, but for the floor of the logarithm."""
    samples = signal(100)
    np.testing.assert_allclose(pushed(1000 * samples).measure()[0], pushed(samples).measure()[0], atol=1e-3)


def test_what_may_not_be_looked_at_changes_nothing() -> None:
    """Whatever stands in a block that is not usable, the measures are the same."""
    usable = np.ones((60, LIVE.size))
    usable[55, 2] = usable[30:40] = 0
    clean, dirty = signal(60), signal(60)
    dirty[:, 30 * BLOCK : 40 * BLOCK] = 1e6
    dirty[2, 55 * BLOCK : 56 * BLOCK] = -1e6
    np.testing.assert_array_equal(pushed(dirty, usable).measure()[0], pushed(clean, usable).measure()[0])


def test_a_group_of_which_nothing_may_be_looked_at_is_not_measured() -> None:
    """The other one is."""
    usable = np.ones((30, LIVE.size))
    usable[:, :5] = 0
    assert pushed(signal(30), usable).measure()[1].tolist() == [False, True]


def test_after_a_restart_the_past_is_forgotten() -> None:
    """The measures are those of what came since."""
    measures = pushed(signal(300, seed=5))
    measures.restart()
    samples = signal(50)
    for at in range(50):
        measures.push(samples[:, at * BLOCK : (at + 1) * BLOCK].astype(np.float32), np.ones(LIVE.size, bool))
    np.testing.assert_array_equal(measures.measure()[0], pushed(samples).measure()[0])
