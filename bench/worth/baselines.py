"""The detectors without learning that a bench can be asked for, by name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bench.worth.contract import Detector
from bench.worth.line_length import LineLength
from bench.worth.mimetic import Mimetic

BASELINES: Final[Mapping[str, Callable[[], Detector[Any]]]] = {"mimetic": Mimetic, "line-length": LineLength}
