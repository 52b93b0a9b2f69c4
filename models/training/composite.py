"""Several callbacks as one."""

from models.training.callbacks import Callback, EpochReport, Plan, Result


class CompositeCallback:
    """Calls several callbacks, in the order they were given."""

    def __init__(self, *callbacks: Callback) -> None:
        self._callbacks = callbacks

    def began(self, plan: Plan) -> None:
        """Pass on what is about to be trained."""
        for callback in self._callbacks:
            callback.began(plan)

    def batch(self, windows: int) -> None:
        """Pass on that so many windows more were trained on."""
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
