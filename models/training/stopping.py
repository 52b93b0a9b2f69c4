"""When a training ends, read from its history alone: a run that resumes stops where it would have.

Source: qtwang/iEDeaL `util/train.py` for giving up (F about 0 in three epochs in a row) and for waiting until the
curriculum has let in all negatives. Differs from it: patience counts epochs that improve neither validation F-beta nor
average precision, and no training is given up while average precision still rises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.training.callbacks import EpochRecord, Stopped
from models.training.recipe import Recipe

NOTHING: Final = 0.01  # F-beta below which nothing counts as found: a few lucky windows are not a detector
WORTH_SAYING: Final = 0.2  # average precision: below it nothing is ranked well
ADVICE: Final = (
    "try another loss, PreBCE (pre_bce_epochs), a lower learning rate or fewer negatives (sampling_ratio); "
    "collapse_epochs 0 goes on regardless"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a training ended, and why in a sentence."""

    stopped: Stopped
    reason: str


def best_epoch(history: Sequence[EpochRecord]) -> EpochRecord:
    """Return the epoch of the main phase with the best validation F-beta.

    Where F-beta is equal, the better average precision decides, and then the earlier epoch.
    """
    return max(main_phase(history), key=lambda record: (record.f_beta, record.auprc))


def main_phase(history: Sequence[EpochRecord]) -> list[EpochRecord]:
    """Return the epochs that are not PreBCE's."""
    return [record for record in history if record.phase == "main"]


def ranked_below_threshold(history: Sequence[EpochRecord]) -> str:
    """Return a remark where windows are ranked well but hardly any passes the threshold, "" elsewhere."""
    kept, ranked = best_epoch(history), _ranks_best(main_phase(history))
    # At the right threshold F1 is about as large as average precision; half of it is out of reach of chance.
    if ranked.auprc < WORTH_SAYING or kept.f_beta > ranked.auprc / 2:
        return ""
    return (
        f"; F-beta at {kept.threshold:g} is {kept.f_beta:.3f} at best (epoch {kept.epoch}, which is kept), while "
        f"average precision rose to {ranked.auprc:.3f} (epoch {ranked.epoch}): windows are ranked well, but lie below "
        'the threshold; threshold = "validation" chooses it, and the epoch, on the validation part'
    )


def ending(history: Sequence[EpochRecord], recipe: Recipe, full_from: int) -> Ending | None:
    """Return how training ends, or None where it continues. `full_from` is the first epoch with all negatives."""
    # PreBCE is not judged: it trains another loss, on balanced windows.
    done = main_phase(history)
    if _collapsed(done, recipe):
        n = recipe.collapse_epochs
        return Ending("collapsed", f"gives up: nothing is found in {n} epochs running; {ADVICE}")
    if len(done) >= recipe.epochs:
        return Ending("epochs done", f"all {recipe.epochs} epochs are done")
    if done and recipe.patience and _stale(done, full_from + recipe.grace) >= recipe.patience:
        best = f"F-beta than {best_epoch(done).f_beta:.3f} nor average precision than {_ranks_best(done).auprc:.3f}"
        return Ending("early", f"no better {best} for {recipe.patience} epochs")
    return None


def _collapsed(done: Sequence[EpochRecord], recipe: Recipe) -> bool:
    last = done[-recipe.collapse_epochs :] if recipe.collapse_epochs else []
    nothing = [record.f_beta < NOTHING and record.train_f_beta < NOTHING for record in last]
    blind = 0 < recipe.collapse_epochs == len(nothing) and all(nothing)
    # With rare positives a network ranks windows better for many epochs before the first of them passes 0.5.
    return blind and _ranks_best(done).epoch <= last[0].epoch


def _stale(done: Sequence[EpochRecord], counts_from: int) -> int:
    """Return how many epochs were done since the last that improved anything, or since `counts_from`."""
    return done[-1].epoch - max(best_epoch(done).epoch, _ranks_best(done).epoch, counts_from)


def _ranks_best(done: Sequence[EpochRecord]) -> EpochRecord:
    return max(done, key=lambda record: record.auprc)
