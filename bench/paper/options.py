"""The arguments of `python -m bench.paper`: which tables, sets and systems, and how much each cell is trained.

What would be passed over in silence is refused: hours of training must not turn out to be of something else.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from bench.paper.cells import Extent
from bench.paper.plans import TABLES, Changes
from bench.paper.running import ENGINES
from bench.paper.systems import SYSTEMS
from models.errors import ModelsError
from models.networks.registry import RECORDS
from models.training.recipe import Recipe

SPEED: Final = "figure5b"
"""The one of the tables that trains nothing."""
NAMES: Final = (*TABLES, SPEED)
LIGHT: Final[dict[str, dict[str, Any]]] = {
    "sc": {"width": 8},
    "timenet": {"width": 8, "layers": 1},
    "tst": {"width": 16, "layers": 1, "hidden": 32},
    "eegformer": {"blocks": 1},
    "aied": {"epochs": 1, "most": 16, "side": 56},
    "nepinet": {"size": "light"},
    "siamese_es": {"size": "light"},
    "vgg16": {"size": "light"},
}
# Weights as layers come: LSUV of the large networks takes longer than their epoch.
FEWEST: Final[dict[str, Any]] = {
    "epochs": 1,
    "pre_bce_epochs": 1,
    "batch_windows": 32,
    "initialisation": "torch",
    "warmup_steps": 2,
}
QUICK: Final = Extent((1,), (0.02,), FEWEST, LIGHT)
OWN: Final = {"learning_rate": "--rates", "seed": "--seeds"}
"""Keys of a recipe that every cell sets itself, by the argument that decides them."""
Number = TypeVar("Number", int, float)


def parsed(description: str | None) -> argparse.Namespace:
    """Return the arguments; `tables` names each table that has rows once. The process ends where they make no sense."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "tables", nargs="+", choices=[*NAMES, "all"], metavar="TABLE", help=f"{', '.join(NAMES)} or all"
    )
    parser.add_argument("--data", action="append", required=True, type=_named, metavar="NAME=WINDOWSET")
    parser.add_argument("--out", type=Path, required=True, metavar="RUNS")
    parser.add_argument(
        "--systems", action="append", default=[], metavar="ROWS", help="with commas between; may be given several times"
    )
    parser.add_argument("--seeds", type=_numbers(int))
    parser.add_argument("--rates", type=_numbers(float), help="learning rates; the paper's by default")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of every row's recipe")
    parser.add_argument("--parameter", action="append", default=[], metavar="NETWORK.KEY=VALUE", help="sc.width=16")
    parser.add_argument("--by", choices=("subject", "row"), default="subject", help="the paper splits by row")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--engine", choices=list(ENGINES), default="local", help="ray: one task a cell, as many at once as fit"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="figure 5b as .svg, .png or .pdf")
    parser.add_argument(
        "--done", action="store_true", help="train nothing: show what is there, of seeds that all rows have"
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.tables = list(NAMES) if "all" in options.tables else list(dict.fromkeys(options.tables))
    rows = [row for name in options.tables if name in TABLES for row in TABLES[name].rows]
    # Some rows have a comma in their name.
    options.systems = [row for text in options.systems for row in ([text] if text in rows else text.split(","))]
    if problem := _strange(options.tables, rows, options.systems, [name for name, _ in options.data]):
        parser.error(problem)
    options.tables = [name for name in options.tables if name == SPEED or wanted(name, options.systems)]
    return options


def wanted(table: str, systems: Sequence[str]) -> dict[str, Changes]:
    """Return the rows of a table that are asked for; without names all are."""
    rows = TABLES[table].rows
    return {row: rows[row] for row in rows if not systems or row in systems}


def _strange(tables: Sequence[str], rows: Sequence[str], systems: Sequence[str], sets: Sequence[str]) -> str:
    """Return what is wrong with names, or nothing."""
    if unknown := [name for name in systems if name not in rows]:
        return f"--systems {unknown[0]}: no row of {' '.join(tables)}; there are {', '.join(dict.fromkeys(rows))}"
    if twice := [name for name in sets if sets.count(name) > 1]:
        return f"--data {twice[0]}=...: given twice; each set needs a name of its own"
    return ""


def extent_of(options: argparse.Namespace) -> Extent:
    """Return how much each cell is trained.

    Raises
    ------
    ModelsError
        if a setting is none, or is decided by another argument
    """
    usual = QUICK if options.quick else Extent()
    epochs = {"epochs": options.epochs} if options.epochs else {}
    changes = {**usual.changes, **epochs, **_changes(options.set)}
    if own := [key for key in OWN if key in changes]:
        raise ModelsError(f"--set {own[0]}: cells have their own; give {OWN[own[0]]}")
    parameters: dict[str, dict[str, Any]] = {name: dict(given) for name, given in usual.parameters.items()}
    for setting in options.parameter:
        system, dot, setting_of = setting.partition(".")
        if not dot or system not in {*RECORDS, *SYSTEMS}:
            known = ", ".join([*RECORDS, *SYSTEMS])
            raise ModelsError(f"--parameter {setting}: write NETWORK.KEY=VALUE, with a network of {known}")
        parameters.setdefault(system, {}).update(_changes([f"parameters.{setting_of}"])["parameters"])
    return Extent(options.seeds or usual.seeds, options.rates or usual.rates, changes, parameters)


def _changes(settings: Sequence[str]) -> dict[str, Any]:
    recipe = Recipe().with_settings(settings)
    return {name: getattr(recipe, name) for name in (text.partition("=")[0].partition(".")[0] for text in settings)}


def _named(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text}: write NAME=FOLDER")
    return name, Path(folder)


def _numbers(kind: Callable[[str], Number]) -> Callable[[str], tuple[Number, ...]]:
    def read(text: str) -> tuple[Number, ...]:
        try:
            return tuple(kind(one) for one in text.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text}: write numbers with commas between") from None

    return read
