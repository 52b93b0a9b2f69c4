"""What each table of the papers compares: rows, each the changes to a recipe that make it, and the papers' figures.

Source: iEDeaL, tables 2 to 5; Siamese-ES, abstract. AiED is in the first table too, where the paper has it for time
alone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.training.losses import NEGATIVES
from models.training.recipe import Recipe

Changes = Mapping[str, Any]
SYSTEM: Final = "system"
"""In changes: a name of `bench.paper.systems` that stands for all of a recipe."""

PLAIN: Final = {"loss": "bce", "pre_bce_epochs": 0, "inc_neg": "off"}
SASU: Final = {"loss": "regularised_sasu", "pre_bce_epochs": 0, "inc_neg": "off"}
PRE_BCE: Final = {"pre_bce_epochs": Recipe().pre_bce_epochs}
INC_NEG: Final = {"inc_neg": Recipe().inc_neg}
# The group's own, of vEpiNetV2 and, for smoothed labels, of vEpiSet (`base_trainer` of both).
GROUP: Final = {
    **PLAIN, "optimiser": "adamw", "initialisation": "torch", "epochs": 20, "batch_windows": 128, "clip_norm": 5.0,
    "warmup_steps": 1500, "decay": "cosine", "last_learning_rate": 1e-7, "average_decay": 0.999, "label_smoothing": 0.1,
    "augmentation": "permute",
}  # fmt: skip
GROUP_RATES: Final = (5e-4,)
# Those of the abstract; at its sensitivity, the validation part's threshold gives the last two on the test part.
ABSTRACT: Final = {
    "f1": "F1", "recall": "sensitivity", "specificity": "specificity", "precision": "precision", "auroc": "AUROC",
    "auprc": "AUPRC", "sensitive_recall": "sensitivity, asked 82.11 %", "sensitive_specificity": "specificity there",
    "sensitive_precision": "precision there", "sleep_accuracy": "sleep, balanced accuracy",
}  # fmt: skip
RATIOS: Final = (0.03, 0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, the figure that its cells show, its rows by name, and the paper's figures by row and set.

    `usual` is what all rows have in common unless the command says otherwise, `rates` the learning rates likewise.
    `against` names, for rows that are compared pair by pair, the row that they are compared with. `figures` are
    shown in a table of their own, with what they are called.
    """

    title: str
    figure: str
    rows: Mapping[str, Changes]
    paper: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    usual: Changes = field(default_factory=dict)
    rates: tuple[float, ...] = (5e-3, 1e-2, 2e-2)
    against: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def _of_network(name: str) -> Changes:
    return {**PLAIN, "architecture": name}


def _of_loss(loss: str, **changes: object) -> Changes:
    return {**PLAIN, "loss": loss, **changes}


def _all_against(row: str, rows: Iterable[str]) -> dict[str, str]:
    return {other: row for other in rows if other != row}


_TUEV: Final = ("TUEV3,3", "TUEV1,1", "TUEV1,3")


def _tuev(*figures: float) -> dict[str, float]:
    # In the order of the paper's columns; a dash there has no entry.
    return dict(zip(_TUEV, figures, strict=False))


_SYSTEMS: Final[Mapping[str, Changes]] = {
    "HDL": {SYSTEM: "hdl"},
    "AiED": {SYSTEM: "aied"},
    "TimeNet": _of_network("timenet"),
    "ResNet-18": _of_network("resnet18_1d"),
    "InceptionTime": _of_network("inception_time"),
    "TST": _of_network("tst"),
    "iEDeaL": {},
}
_TABLE_2: Final = Table(
    "Table 2 of iEDeaL: systems",
    "f1",
    _SYSTEMS,
    {
        "HDL": _tuev(0.53, 0.36, 0.27),
        "ResNet-18": _tuev(0.91, 0.57),
        "InceptionTime": _tuev(0.89, 0.51, 0.43),
        "TST": _tuev(0.31, 0.73, 0.12),
        "iEDeaL": _tuev(0.88, 0.57, 0.49),
    },
    against=_all_against("iEDeaL", _SYSTEMS),
)
_TABLE_3: Final = Table(
    "Table 3 of iEDeaL: losses, by F1",
    "f1",
    {loss: _of_loss(loss) for loss in NEGATIVES},
    {
        "bbce": _tuev(0.88, 0.48, 0.43),
        "bce": _tuev(0.88, 0.47, 0.36),
        "wbce": _tuev(0.88, 0.46, 0.39),
        "ewbce": _tuev(0.88, 0.54, 0.31),
        "focal": _tuev(0.90, 0.49, 0.38),
        "sf": _tuev(0.90),
        "regularised_sasu": _tuev(0.88, 0.57, 0.49),
    },
    against=_all_against("regularised_sasu", NEGATIVES),
)
# beta chooses the epoch for every loss, and is part of the loss of those that have one.
_TABLE_3_F2: Final = Table(
    "Losses, trained for and chosen by F2",
    "f2",
    {loss: _of_loss(loss, beta=2.0) for loss in NEGATIVES},
    against=_all_against("regularised_sasu", NEGATIVES),
)
_TABLE_4: Final = Table(
    "Table 4 of iEDeaL: curricula",
    "f1",
    {"SC + SaSu": SASU, "+ PreBCE": {**SASU, **PRE_BCE}, "+ IncNeg (iEDeaL)": {**SASU, **PRE_BCE, **INC_NEG}},
    {
        "SC + SaSu": _tuev(0.89, 0.64, 0.30),
        "+ PreBCE": _tuev(0.88, 0.65, 0.35),
        "+ IncNeg (iEDeaL)": _tuev(0.88, 0.57, 0.49),
    },
    against=_all_against("SC + SaSu", ("+ PreBCE", "+ IncNeg (iEDeaL)")),
)


def _sampled(sampler: str, ratio: float) -> str:
    return f"{sampler}, {ratio:g} of the negatives"


_TABLE_5: Final = Table(
    "Table 5 of iEDeaL: samplers of negatives",
    "f1",
    {
        _sampled(sampler, ratio): {**SASU, "sampler": sampler, "sampling_ratio": ratio}
        for ratio in RATIOS
        for sampler in ("random", "seasam")
    },
    against={_sampled("seasam", ratio): _sampled("random", ratio) for ratio in RATIOS},
)
GAMMAS: Final = (0.0, 0.1, 0.5, 1.0, 2.0)
_REGULARISED: Final = {
    f"gamma0 {negative:g}, gamma1 {positive:g}": {
        "loss_options": {"negative_gamma": negative, "positive_gamma": positive}
    }
    for negative in GAMMAS
    for positive in GAMMAS
}
_FIGURE_5A: Final = Table(
    "Figure 5a of iEDeaL: how strongly SaSu is regularised",
    "f1",
    _REGULARISED,
    against=_all_against("gamma0 0, gamma1 0", _REGULARISED),
)
GROWTHS: Final = (math.sqrt(2), 2.0, 3.0, 4.0)
_GROWING: Final = {
    f"a {a:.3g}, b {b:.3g}": {"inc_neg_a": a, "inc_neg_b": b} for a in GROWTHS for b in GROWTHS if a <= b
}
_FIGURE_A_B: Final = Table(
    "IncNeg: how fast negatives grow", "f1", _GROWING, against=_all_against("a 1.41, b 2", _GROWING)
)
_COMPARED: Final[Mapping[str, Changes]] = {
    "EEGNet": {"architecture": "eegnet"},
    "CNN-LSTM": {"architecture": "cnn_lstm"},
    "VGG-16": {"architecture": "vgg16"},
    "ResNet-18 2D": {"architecture": "resnet18_2d"},
    "EEGformer": {"architecture": "eegformer"},
    "AiED": {SYSTEM: "aied"},
    "nEpiNet": {"architecture": "nepinet"},
    "Siamese-ES": {"architecture": "siamese_es", "sleep_weight": 1.0},
}
_SIAMESE: Final = Table(
    "Siamese-ES and the networks that it is compared with",
    "f1",
    _COMPARED,
    usual=GROUP,
    rates=GROUP_RATES,
    against=_all_against("Siamese-ES", _COMPARED),
    figures=ABSTRACT,
)
_ARMS: Final = {
    name: {"architecture": "siamese_es", "sleep_weight": weight, "parameters": {"fusion": fusion}}
    for name, fusion, weight in (
        ("full", 1, 1.0),
        ("no fusion", 0, 1.0),
        ("no sleep loss", 1, 0.0),
        ("neither", 0, 0.0),
    )
}
_ABLATION: Final = Table(
    "Siamese-ES: what fusion and the second task are worth",
    "f1",
    _ARMS,
    usual=GROUP,
    rates=GROUP_RATES,
    against=_all_against("full", _ARMS),
    figures=ABSTRACT,
)
TABLES: Final[Mapping[str, Table]] = {
    "table2": _TABLE_2,
    "table3": _TABLE_3,
    "table3-f2": _TABLE_3_F2,
    "table4": _TABLE_4,
    "table5": _TABLE_5,
    "figure5a": _FIGURE_5A,
    "a-b": _FIGURE_A_B,
    "siamese": _SIAMESE,
    "siamese-ablation": _ABLATION,
}
