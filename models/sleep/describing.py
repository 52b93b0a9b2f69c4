"""The manifest of a stager: what all of them have in common is said once."""

import datetime as dt
import shlex
import sys
from collections.abc import Mapping

from models.networks import registry
from models.networks.spectral import EPOCH_SAMPLES, RATE_HZ
from models.zoo.manifest import Manifest, Preprocessing


def describe(
    name: str,
    architecture: str,
    parameters: Mapping[str, int | float | str],
    *,
    training_data: str,
    module: str,
    seed: int,
    figures: Mapping[str, float],
    auto: bool = False,
) -> Manifest:
    """Return a stager's manifest; `module` is what was run to fit it, with the command line's arguments."""
    return Manifest(
        name=name,
        task="sleep",
        architecture=architecture,
        parameters=parameters,
        channels=1,
        rate_hz=float(RATE_HZ),
        window_samples=EPOCH_SAMPLES,
        unit="any",
        normalisation=registry.RECORDS[architecture].normalisation,
        preprocessing=Preprocessing((1.0, 50.0), "auto", float(RATE_HZ)),
        montages=("scalp", "shaft"),
        operating_points={},
        training_data=training_data,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        seed=seed,
        command=f"python -m {module} {shlex.join(sys.argv[1:])}",
        figures=figures,
        auto=auto,
    )
