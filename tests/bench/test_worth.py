"""What a detector is worth on real background: stretches, people and the row that a reader would choose."""

from pathlib import Path

import numpy as np

from bench.worth import COPIES, at_most, by_person, counted, laid, rows
from models.engines.engine import Answers, Floats
from models.networks.sc import SPANS
from models.simulate import simulate


class Blind:
    """An engine that finds nothing."""

    name = "blind"
    context_samples = 0

    def score(self, windows: Floats) -> Answers:
        """Return probability 0 for every window."""
        return np.zeros((len(windows), SPANS), np.float32), np.zeros((len(windows), SPANS), np.int64)


def test_every_stretch_is_scored_bare_and_with_discharges(tmp_path: Path) -> None:
    """Bare stretches hold nothing to find, the others what was laid on; both are the same person's."""
    # 62 s are one stretch of 60 and a rest that is not used.
    quiet = simulate(3, 62.0, plan=[("W", 100.0)], ied_rate_per_min=0.0)
    units = np.array(["uV"] * len(quiet.labels))
    path = tmp_path / "ann_1.npz"
    np.savez(path, x=quiet.samples, fs=quiet.rate_hz, labels=np.array(quiet.labels), units=units)
    found = list(laid([path]))
    assert [stretch.bare for stretch in found] == [True] + [False] * COPIES
    assert {stretch.subject for stretch in found} == {"ann"}
    marked = [counted(Blind(), stretch).counts[0.5].marked for stretch in found]
    assert marked[0] == 0
    assert min(marked[1:]) > 0

    (bare,) = by_person(counted(Blind(), stretch) for stretch in found if stretch.bare)
    (hybrid,) = by_person(counted(Blind(), stretch) for stretch in found if not stretch.bare)
    assert hybrid.counts[0.5].marked == sum(marked)
    first = rows([bare], [hybrid])[0]
    assert first["marked_found"][0] == 0
    assert first["false_per_h"][0] == 0


def test_the_lowest_threshold_that_is_quiet_enough_is_chosen() -> None:
    """Where none is, the highest one stands, so that what it costs is seen."""
    table = [{"threshold": at, "false_per_h": [per_h, 0, 0]} for at, per_h in ((0.3, 40.0), (0.5, 6.0), (0.7, 2.0))]
    assert at_most(table, 6.0)["threshold"] == 0.5
    assert at_most(table, 1.0)["threshold"] == 0.7
