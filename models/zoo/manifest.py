"""manifest.json: what a model is, what it wants to be fed, and where its numbers come from."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from models.errors import ModelError
from models.networks import registry
from models.networks.contract import Task, Unit

# What every complaint about a model folder ends with: nothing in it is meant to be mended by hand.
REMEDY = "fetch the model again, or train it anew with `spikewatch train`"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold in (0, 1), which a probability reaches at or above it, and the rule that chose it."""

    threshold: float
    note: str


@dataclass(frozen=True, slots=True)
class OperatingRow:
    """What a threshold costs on held-out recordings of one montage: one row of the operating table."""

    montage: str
    threshold: float
    sensitivity: float
    false_alarms_per_h: float


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What conditioning must have done: pass band, mains notch, delivered rate."""

    bandpass_hz: tuple[float, float]
    notch: str
    model_rate_hz: float


@dataclass(frozen=True, slots=True)
class Verification:
    """Which model judges what a detector finds, and how.

    `model`: its name in the zoo, or its folder; "./" and a folder's name for one within the model's own.
    `candidate_threshold`: the detector's probability from which something is a candidate, below the operating points.
    `weight`: what the verifier's log odds are multiplied by before they are added to the detector's.
    `recurrence`: what each of the first recent events that look alike adds to the log odds of both
    (`models.detection.recurrence`).
    """

    model: str
    candidate_threshold: float
    weight: float
    recurrence: float = 0.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of manifest.json.

    `architecture` is a name of `models.networks.registry`, `parameters` are the keyword arguments of the network's
    class. `montages` are those that the model was made for; where `auto` holds, `detector = "auto"` means this model
    for them. `unit` "any" means that the network takes the scale off itself. `sha256` is over the bytes of
    weights.safetensors. `temperature` is what logits were divided by for calibration; the weights hold it already.
    With a `verification`, operating points are of the verified probability. Manifests may lack `auto`, `temperature`,
    `operating_table` and `verification`.
    """

    name: str
    task: Task
    architecture: str
    parameters: Mapping[str, int | float | str]
    channels: int
    rate_hz: float
    window_samples: int
    unit: Unit
    normalisation: str
    preprocessing: Preprocessing
    montages: tuple[str, ...]
    operating_points: Mapping[str, OperatingPoint]
    training_data: str
    date: str
    seed: int
    command: str
    sha256: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    temperature: float = 1.0
    operating_table: tuple[OperatingRow, ...] = ()
    auto: bool = False
    verification: Verification | None = None

    @property
    def threshold(self) -> float:
        """The default operating point."""
        return self.operating_points["default"].threshold


def write(manifest: Manifest, path: Path) -> None:
    """Write `manifest` as JSON that a person can read."""
    path.write_text(json.dumps(dataclasses.asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> Manifest:
    """Read and check manifest.json.

    Raises
    ------
    ModelError
        Naming the file, the key and the remedy.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no manifest; give a model folder, or {REMEDY}") from None
    except (OSError, ValueError, RecursionError) as problem:
        raise ModelError(f"{path}: cannot be read as JSON ({problem}); {REMEDY}") from None
    try:
        return _parse(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ModelError(f"{path}: {_reason(problem)}; {REMEDY}") from None


def _reason(problem: Exception) -> str:
    return f"key {problem} is missing" if isinstance(problem, KeyError) else str(problem)


def _parse(raw: dict[str, Any]) -> Manifest:
    """Build a Manifest from decoded JSON; any exception names what is wrong."""
    # An unknown key may be misspelt: if it were ignored, a default would stand in its place.
    names = {f.name for f in dataclasses.fields(Manifest)}
    if unknown := sorted(set(raw) - names):
        raise ValueError(f"unknown key {unknown[0]!r}")
    # Checked here, because a list would raise an error below that names no key.
    for key in ("parameters", "preprocessing", "operating_points"):
        if not isinstance(raw[key], dict):
            raise TypeError(f"{key} is not a table")
    # A string would be read as the list of its letters.
    if not (isinstance(raw["montages"], list) and all(isinstance(one, str) for one in raw["montages"])):
        raise TypeError("montages is no list of words")
    steps = raw["preprocessing"]
    low_hz, high_hz = (_number("preprocessing.bandpass_hz", value) for value in steps["bandpass_hz"])
    parts: dict[str, Any] = {
        "preprocessing": Preprocessing(
            (low_hz, high_hz),
            str(steps["notch"]),
            _number("preprocessing.model_rate_hz", steps["model_rate_hz"]),
        ),
        "montages": tuple(raw["montages"]),
        "operating_points": {
            name: OperatingPoint(float(point["threshold"]), str(point["note"]))
            for name, point in raw["operating_points"].items()
        },
        "temperature": _number("temperature", raw.get("temperature", 1.0)),
        "operating_table": tuple(OperatingRow(**row) for row in raw.get("operating_table", ())),
        "verification": _verification(raw["verification"]) if raw.get("verification") else None,
    }
    manifest = Manifest(**{**raw, **parts})
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    _one_of("task", manifest.task, get_args(Task))
    _one_of("architecture", manifest.architecture, tuple(registry.RECORDS))
    _one_of("unit", manifest.unit, get_args(Unit))
    for key in ("channels", "window_samples"):
        if not isinstance(getattr(manifest, key), int) or not 0 < getattr(manifest, key) <= 1_000_000:
            raise ValueError(f"{key} = {getattr(manifest, key)!r} is not a whole number above 0")
        # Stated twice, for readers who do not know the network, so both must agree.
        if manifest.parameters.get(key, getattr(manifest, key)) != getattr(manifest, key):
            raise ValueError(f"{key} = {getattr(manifest, key)} contradicts parameters.{key}")
    if not 0 < float(manifest.rate_hz) <= 1e6:
        raise ValueError(f"rate_hz = {manifest.rate_hz!r} is not a rate above 0")
    _check_network(manifest)
    _check_operation(manifest)


def _check_network(manifest: Manifest) -> None:
    """Check that the network is one for this task, and can be made for such windows."""
    record = registry.RECORDS[manifest.architecture]
    if manifest.task != record.task:
        raise ValueError(f"task = {manifest.task!r}: architecture {record.name} does {record.task!r}")
    for key, known in (("channels", record.rows), ("window_samples", record.window_samples)):
        if getattr(manifest, key) not in known:
            raise ValueError(
                f"{key} = {getattr(manifest, key)}: architecture {record.name} takes {known[0]} to {known[-1]}"
            )
    lowest_hz, highest_hz = record.rate_hz
    if not lowest_hz <= manifest.rate_hz <= highest_hz:
        raise ValueError(
            f"rate_hz = {manifest.rate_hz:g}: architecture {record.name} takes {lowest_hz:g} to {highest_hz:g}"
        )


def _check_operation(manifest: Manifest) -> None:
    # Beds use this point where they name no threshold.
    if manifest.task == "ied" and "default" not in manifest.operating_points:
        raise ValueError("operating_points has no 'default'")
    for name, point in manifest.operating_points.items():
        if not 0 < point.threshold < 1:
            raise ValueError(f"operating point {name!r} has threshold {point.threshold}, not in (0, 1)")
    if not 0 < manifest.temperature < float("inf"):
        raise ValueError(f"temperature = {manifest.temperature!r} is not a number above 0")
    if manifest.verification:
        _check_verification(manifest.task, manifest.verification)
    for row in manifest.operating_table:
        if not (0 < row.threshold < 1 and 0 <= row.sensitivity <= 1 and 0 <= row.false_alarms_per_h < float("inf")):
            raise ValueError(f"operating_table has an impossible row: {row}")


def _check_verification(task: str, verification: Verification) -> None:
    if task != "ied":
        raise ValueError(f"verification: a model for task {task!r} finds no candidates")
    if not 0 < verification.candidate_threshold < 1:
        raise ValueError(f"verification.candidate_threshold = {verification.candidate_threshold!r} is not in (0, 1)")
    if not 0 < verification.weight < float("inf"):
        raise ValueError(f"verification.weight = {verification.weight!r} is not a number above 0")
    if not 0 <= verification.recurrence < float("inf"):
        raise ValueError(f"verification.recurrence = {verification.recurrence!r} is not a number from 0 on")


def _verification(raw: dict[str, Any]) -> Verification:
    found = Verification(**raw)
    if not isinstance(found.model, str):
        raise TypeError(f"verification.model = {found.model!r} is no name and no folder")
    return found


def _number(key: str, value: object) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{key} = {value!r} is not a number")
    return float(value)


def _one_of(key: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{key} = {value!r} is not one of {', '.join(allowed)}")
