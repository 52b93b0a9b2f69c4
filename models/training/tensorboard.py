"""A callback that writes RUN/tensorboard; the only file that knows TensorBoard.

A step is an epoch, PreBCE's first. A resumed run continues where its checkpoint stands: what an earlier process wrote
from that step on is discarded.
"""

import importlib.util
from typing import TYPE_CHECKING, Final

from models.errors import TrainingError
from models.training.callbacks import EpochReport, Plan, Result

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter

FOLDER: Final = "tensorboard"
REMEDY: Final = "pip install 'spikewatch[train]'"
# Fields of EpochReport by tag; the part before the slash groups curves on TensorBoard's page.
SCALARS: Final = {
    "train/loss": "loss",
    "train/f_beta": "train_f_beta",
    "train/learning_rate": "learning_rate",
    "train/negatives": "negatives",
    "train/windows_per_s": "windows_per_s",
    "validation/f1": "f1",
    "validation/f_beta": "f_beta",
    "validation/precision": "precision",
    "validation/recall": "recall",
    "validation/auroc": "auroc",
    "validation/auprc": "auprc",
}
CURVE: Final = "validation/precision_recall"


def is_installed() -> bool:
    """Whether TensorBoard is installed."""
    # Found, not imported: importing it takes seconds, which `--help` and a refused recipe need not wait for.
    return importlib.util.find_spec("tensorboard") is not None


class TensorBoard:
    """Writes scalars and the validation part's precision-recall curve, epoch by epoch.

    Raises
    ------
    TrainingError
        when TensorBoard is missing, as soon as one is made
    """

    def __init__(self) -> None:
        if not is_installed():
            raise TrainingError(f"TensorBoard is missing: {REMEDY}, or train with --no-tensorboard")
        self._plan: Plan | None = None
        self._writer: SummaryWriter | None = None
        self._step = 0

    def preparing(self, what: str, done: int, total: int) -> None:
        """Write nothing."""

    def began(self, plan: Plan) -> None:
        """Keep where to write and from which step on; a run that is finished already gets no new file."""
        self._plan, self._step = plan, len(plan.history)

    def batch(self, windows: int) -> None:
        """Write nothing: an epoch is a step."""

    def epoch(self, report: EpochReport) -> None:
        """Write an epoch and flush it."""
        writer = self._opened()
        for tag, name in SCALARS.items():
            writer.add_scalar(tag, getattr(report, name), self._step)
        writer.add_pr_curve(CURVE, report.labels, report.probabilities, self._step)
        # Each epoch at once: the board is watched while the training runs, and a kill loses nothing of it.
        writer.flush()
        self._step += 1

    def ended(self, result: Result) -> None:  # noqa: ARG002
        """Close the file."""
        if self._writer:
            self._writer.close()

    def _opened(self) -> "SummaryWriter":
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: PLC0415  (an extra)

        if self._writer is None:
            assert self._plan is not None, "began comes first"  # noqa: S101
            # `purge_step` hides what a killed process wrote after its last checkpoint; those epochs are trained again.
            self._writer = SummaryWriter(str(self._plan.folder / FOLDER), purge_step=self._step)
        return self._writer
