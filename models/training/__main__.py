"""Train where there is only torch, numpy, scipy and safetensors: `python -m models.training WINDOWSET --out RUN`."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Final

from models.datasets import splits, windowset
from models.errors import ModelsError
from models.training.callbacks import EpochReport, Plan, Result
from models.training.device import use_threads
from models.training.recipe import Recipe
from models.training.trainer import train

INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as shells report it


class Lines:
    """Prints a line for every epoch."""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Print what begins."""
        if done == 0:
            print(f"{what} ({total} steps)", flush=True)  # noqa: T201

    def began(self, plan: Plan) -> None:
        """Print what is trained."""
        # Flushed line by line: a log file on a GPU host is read while the training runs.
        print(  # noqa: T201
            f"{plan.recipe.architecture} of {plan.network_parameters} weights on {plan.device}: {plan.positives} "
            f"positives, {plan.negatives} negatives, {plan.validation} for validation; "
            f"epoch {plan.done_epochs} of {len(plan.epochs)}",
            flush=True,
        )

    def batch(self, windows: int) -> None:
        """Print nothing: an epoch has a line."""

    def epoch(self, report: EpochReport) -> None:
        """Print how the epoch went."""
        print(  # noqa: T201
            f"{report.phase} {report.epoch}: loss {report.loss:.4f}, rate {report.learning_rate:.2g}, "
            f"{report.negatives} negatives, {report.windows_per_s:.0f} windows/s, {report.seconds:.1f} s; validation "
            f"F1 {report.f1:.3f}, precision {report.precision:.3f}, recall {report.recall:.3f}, "
            f"AUROC {report.auroc:.3f}, AUPRC {report.auprc:.3f}{', best' if report.best else ''}",
            flush=True,
        )

    def ended(self, result: Result) -> None:
        """Print how it ended."""
        where = f"; {result.folder / 'model'}" if result.has_model else ""
        print(f"{result.stopped}: {result.reason}{where}", flush=True)  # noqa: T201


def main() -> int:
    """Read the command line and train; return 0 done, 1 collapsed, 2 a mistake in the arguments, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description="Train a detector on a window set.")
    parser.add_argument("windowset", type=Path, help="folder that `spikewatch data prepare` made")
    parser.add_argument("--out", type=Path, required=True, help="run folder; continues where it holds a checkpoint")
    parser.add_argument("--recipe", type=Path, help="JSON file; keys left out keep their defaults")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. parameters.width=48")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as many as processors are idle now")
    parser.add_argument("--split", choices=("subject", "row"), default="subject", help="where the set prescribes none")
    options = parser.parse_args()
    try:
        result = _train(options)
    except ModelsError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command continues from what {options.out} holds", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    return 1 if result.stopped == "collapsed" else 0


def _train(options: argparse.Namespace) -> Result:
    use_threads(options.threads)
    recipe = (Recipe.from_json(_text(options.recipe)) if options.recipe else Recipe()).with_settings(options.set)
    parts = splits.parts(windowset.load(options.windowset), seed=recipe.seed, by=options.split)
    command = f"python -m models.training {shlex.join(sys.argv[1:])}"
    return train(parts, recipe, options.out, Lines(), device=options.device, command=command)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ModelsError(f"{path}: cannot be read ({problem})") from None


if __name__ == "__main__":
    sys.exit(main())
