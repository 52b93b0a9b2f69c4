"""What shall be evaluated, on what, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from models.datasets.splits import By
from models.engines.engine import Device
from models.evaluation.operating import ALARMS_PER_MIN
from stream.errors import ConfigError
from stream.evaluate.once import check_once

PartName = Literal["train", "validation", "test", "all"]
# Not the training part, on which a network is surer than on any other.
FITTED_ON: Final = "validation"
"""The part that a temperature is fitted on."""

Progress = Callable[[str], None]
"""Is called with a line whenever something begins."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What shall be measured, on what, and how: the options of the command.

    `by` and `seed` are the split's; "" and None take those of the model's training. `words` mean a discharge in marks,
    beside those that are known.
    """

    model: str
    recordings: tuple[Path, ...] = ()
    simulated: int = 0
    seconds: float = 90.0
    data: Path | None = None
    part: PartName = "test"
    by: By | Literal[""] = ""
    seed: int | None = None
    montage: str = ""
    unit: str = "auto"
    marks: Path | None = None
    words: tuple[str, ...] = ()
    healthy: bool = False
    calibrate: bool = False
    alarms_per_min: float = ALARMS_PER_MIN
    device: Device = "auto"
    hop_ms: float = 125.0
    write: bool = False
    command: str = ""


def check(request: EvaluationRequest) -> None:
    """Check that the options make sense together.

    Raises
    ------
    ConfigError
        that names the options and the remedy
    """
    if not (request.simulated or request.data or request.recordings):
        raise ConfigError("nothing to evaluate on: give --simulated 24, --data FOLDER or recordings")
    check_once(request.recordings)
    if request.calibrate and request.data is None:
        raise ConfigError("--calibrate: needs labelled windows; give --data FOLDER")
    # Figures on the windows that the temperature was fitted on would flatter.
    if request.calibrate and request.part in {FITTED_ON, "all"}:
        raise ConfigError(f"--calibrate fits on the {FITTED_ON} part; evaluate on another, such as --part test")
