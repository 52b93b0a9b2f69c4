"""The values that a recipe's keys may have: names, words, numbers with their bounds, and tables."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from models.errors import TrainingError

Sampler = Literal["random", "seasam", "seasam_reference", "latent"]
Growth = Literal["paper", "steps", "off"]
Optimiser = Literal["sgd", "adamw"]
Initialisation = Literal["lsuv", "torch"]
Precision = Literal["fp32", "bf16"]
Augmentation = Literal["none", "turn", "turn_and_recolour", "candidate", "candidate_and_recolour", "permute"]
Decay = Literal["linear", "cosine"]
Threshold = Literal["half", "validation"]
Number = int | float | str
Bounds = tuple[float, float]

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "sampler": get_args(Sampler),
    "inc_neg": get_args(Growth),
    "optimiser": get_args(Optimiser),
    "initialisation": get_args(Initialisation),
    "precision": get_args(Precision),
    "augmentation": get_args(Augmentation),
    "decay": get_args(Decay),
    "threshold": get_args(Threshold),
}
# Whole numbers with the smallest and largest values that make sense: typing errors are refused, unusual values are not.
WHOLE: Final[dict[str, Bounds]] = {
    "sampling_period": (1, 10_000),
    "mine_rounds": (0, 100),
    "pre_bce_epochs": (0, 10_000),
    "epochs": (1, 100_000),
    "batch_windows": (1, 1_000_000),
    "warmup_steps": (0, 1_000_000),
    "patience": (0, 100_000),
    "grace": (0, 100_000),
    "collapse_epochs": (0, 100_000),
    "seed": (0, 2**63 - 1),
}
# Where 0 has no meaning of its own, the lower bound is just above it.
REAL: Final[dict[str, Bounds]] = {
    "beta": (1e-3, 1e3),
    "sampling_ratio": (0, 1),
    "mine_above": (0, 1),
    "pre_bce_learning_rate": (1e-12, 1e3),
    "inc_neg_a": (1 + 1e-9, 1e3),
    "inc_neg_b": (1 + 1e-9, 1e3),
    "learning_rate": (1e-12, 1e3),
    "last_learning_rate": (0, 1e3),
    "clip_norm": (0, 1e9),
    "live_prevalence": (0, 1 - 1e-9),
    "sleep_weight": (0, 1e3),
    "average_decay": (0, 1 - 1e-9),
    "label_smoothing": (0, 1 - 1e-9),
}
# Looked up where they are used, so that a recipe needs neither torch nor the networks.
NAMES: Final = ("architecture", "loss", "begin_with")
TABLES: Final = ("parameters", "loss_options")


def check_value(key: str, value: object) -> None:
    """Raise TrainingError unless a value makes sense for its key."""
    if key in NAMES and not isinstance(value, str):
        raise TrainingError(f"recipe: {key} = {value!r} is not a name")
    if key in WORDS and value not in WORDS[key]:
        raise TrainingError(f"recipe: {key} = {value!r} is not one of {', '.join(WORDS[key])}")
    if key in WHOLE:
        _check_number(key, value, WHOLE[key], whole=True)
    if key in REAL:
        _check_number(key, value, REAL[key], whole=False)
    if key in TABLES:
        _check_table(key, value)


def _check_number(key: str, value: object, bounds: Bounds, *, whole: bool) -> None:
    # In Python a bool is an int: `epochs = true` would train for one epoch.
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise TrainingError(f"recipe: {key} = {value!r} is not a {'whole ' if whole else ''}number")
    low, high = bounds
    # Not `value < low or value > high`: NaN is refused too.
    if not low <= value <= high:
        raise TrainingError(f"recipe: {key} = {value!r} is not between {low:g} and {high:g}")


def _check_table(key: str, value: object) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise TrainingError(f"recipe: {key} = {value!r} is not a table")
    for name, entry in value.items():
        if not isinstance(entry, int | float | str):
            raise TrainingError(f"recipe: {key}.{name} = {entry!r} is neither a number nor a word")
