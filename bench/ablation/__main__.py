"""Question: what is each step of making the scalp detector worth?

Method: from one hybrid set (`spikewatch data hybrid ... --layouts scalp`) a network is trained for each arm, with one
step left out, all on as many positives and negatives, for as many steps, by one recipe and seed, their epoch chosen on
one validation part. Each is judged on recordings of other people, as `bench.worth` does (bare, and with discharges laid
on), by one verifier. Of the arm with everything, what surrounds the network is left out as well, one thing at a time.
Arms are compared at the lowest threshold of each that keeps to a number of false events an hour; "change" is the
difference to everything, with its 95 % interval over people. One seed: a difference that another seed would make is not
in the interval.
Command: python -m bench.ablation DATASET BACKGROUND... --out FOLDER [--recipe docs/sc-small.json] [--seed 1]
         [--clips FOLDER] [--json FILE]
The same command goes on after an interruption. `--clips`: see `bench.clips`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import clips
from bench.ablation import judging
from bench.ablation.arms import ARMS, Arm
from bench.ablation.training import kinds_of, parts, trained
from bench.command_line import command_line
from bench.machine import publish
from bench.worth import cases
from bench.worth.cases import Case
from bench.worth.curve import Answer
from models.datasets.windowset import load
from models.engines.engine import Engine
from models.engines.opening import open_engine, tune_process
from models.engines.verifying import Verifier, open_verifier
from models.training.recipe import Recipe
from models.zoo import store

Figures = dict[str, Any]


def main() -> None:
    """Train all arms, judge them, and keep the figures."""
    parser = command_line("bench.ablation", __doc__)
    parser.add_argument("dataset", type=Path, metavar="DATASET")
    parser.add_argument("recordings", nargs="+", type=Path, metavar="BACKGROUND")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=Path("docs/sc-small.json"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verified-by", default="sc-small", help="the model whose verifier judges all arms")
    parser.add_argument("--clips", type=Path)
    given = parser.parse_args()
    tune_process()
    recipe = Recipe.from_json(given.recipe.read_text()).changed({"seed": given.seed})
    models, amounts = _train(given.dataset, recipe, given.out)
    verifier = open_verifier(store.load(given.verified_by).manifest)
    told = _judge(models, verifier, list(cases.hybrid(given.recordings)), given.clips)
    about = {"recordings": sorted(path.name for path in given.recordings), "recipe": json.loads(recipe.to_json())}
    publish("ablation", {**about, **amounts, "arms": told}, given.json)


def _train(dataset: Path, recipe: Recipe, out: Path) -> tuple[list[tuple[Arm, Path]], Figures]:
    ws = load(dataset)
    kinds = kinds_of(ws)
    its = parts(ws, ARMS, kinds, recipe.seed)
    counts = next(iter(its.values()))["train"].counts()
    models = [(arm, trained(arm, its[arm.name], recipe, out / str(number))) for number, arm in enumerate(ARMS)]
    return models, {"positives": counts.positives, "negatives": counts.negatives}


def _judge(
    models: Sequence[tuple[Arm, Path]], verifier: Verifier | None, shown: Sequence[Case], folder: Path | None
) -> list[Figures]:
    told: list[Figures] = []
    usual: Sequence[Answer] = ()
    for arm, path in models:
        engine: Engine = open_engine(store.load(str(path)))
        engine = engine if arm.sees_ends else judging.WithoutEnds(engine)
        names = judging.OF_OTHER_ARMS if usual else judging.EVERY
        found = judging.answers(engine, verifier, shown, names)
        usual = usual or found["whole"]
        told += [{"arm": arm.name, "judged": name, "rows": judging.rows(found[name], usual)} for name in names]
        if folder is not None:
            told[-len(names)]["clips"] = clips.of_engine(engine, verifier, folder)
    return told


if __name__ == "__main__":
    main()
