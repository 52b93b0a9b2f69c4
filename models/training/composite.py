"""Several callbacks as one."""

from models.training.callbacks import Callback, EpochReport, Plan, Result


class CompositeCallback:
    """Calls several callbacks, in the order in which they are listed."""

    def __init__(self, *callbacks: Callback) -> None:
        self._callbacks = callbacks

    def preparing(self, what: str, done: int, total: int) -> None:
        """Pass on what is done before the first batch."""
        for callback in self._callbacks:
            callback.preparing(what, done, total)

    def began(self, plan: Plan) -> None:
        """Pass on what is about to be trained."""
        # One that raises keeps those after it from being called: it ends the training anyway.
        for callback in self._callbacks:
            callback.began(plan)

    def batch(self, windows: int) -> None:
        """Pass on how many windows the last batch had."""
        for callback in self._callbacks:
            callback.batch(windows)

    def epoch(self, report: EpochReport) -> None:
        """Pass on how an epoch went."""
        for callback in self._callbacks:
            callback.epoch(report)

    def ended(self, result: Result) -> None:
        """Pass on how it ended."""
        for callback in self._callbacks:
            callback.ended(result)
