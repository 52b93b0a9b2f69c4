"""Plans, reports and results of a training that never ran, for tests of callbacks and reports."""

from pathlib import Path

import numpy as np

from models.datasets.counts import Counts
from models.training.callbacks import EpochReport, Plan, Result
from models.training.recipe import Recipe
from models.training.schedule import PlannedEpoch, schedule

COUNTS = Counts(40, 400)
# At 0.5: two of three positives found, two false alarms; figures can be checked by hand.
LABELS = np.array([1, 0, 1, 0, 0, 0, 1, 0], np.uint8)
PROBABILITIES = np.array([0.9, 0.2, 0.4, 0.6, 0.1, 0.55, 0.8, 0.05], np.float32)


def example_plan(folder: Path, *, done_epochs: int = 0, epochs: int = 6) -> Plan:
    """Return the plan of two PreBCE epochs and some of the main phase."""
    recipe = Recipe(pre_bce_epochs=2, epochs=epochs, parameters={"width": 8})
    planned = schedule(recipe, COUNTS)
    return Plan(
        recipe=recipe,
        folder=folder,
        device="cpu",
        network_parameters=1234,
        positives=COUNTS.positives,
        negatives=COUNTS.negatives,
        validation=len(LABELS),
        epochs=planned,
        history=tuple(example_report(planned[step], step).record() for step in range(done_epochs)),
        done_batches=0,
    )


def example_reports(plan: Plan) -> list[EpochReport]:
    """Return what every epoch of a plan reports: values that differ from epoch to epoch."""
    return [example_report(planned, step) for step, planned in enumerate(plan.epochs)]


def example_report(planned: PlannedEpoch, step: int) -> EpochReport:
    """Return the report of one epoch; quarters and halves, so that float32 holds them exactly."""
    return EpochReport(
        phase=planned.phase,
        epoch=planned.epoch,
        loss=0.75 - step / 16,
        learning_rate=planned.learning_rate,
        negatives=planned.negatives,
        windows_per_s=1000.0 + step,
        seconds=2.0,
        train_f_beta=0.5 + step / 64,
        f1=0.25 + step / 32,
        f_beta=0.25 + step / 16,
        precision=0.5,
        recall=0.125 * step,
        auroc=0.75,
        auprc=0.625,
        best=True,
        probabilities=PROBABILITIES,
        labels=LABELS,
    )


def example_result(plan: Plan) -> Result:
    """Return the result of all a plan's epochs, the last of them the best."""
    history = tuple(report.record() for report in example_reports(plan))
    return Result(plan.folder, "epochs done", "all epochs are done", history[-1], history)
