"""Several watchers as one."""

from models.training.callbacks import Callback, EpochReport, Plan, Result


class CompositeCallback:
    """Tells several watchers, in the order they were given."""

    def __init__(self, *watches: Callback) -> None:
        self._watches = watches

    def began(self, plan: Plan) -> None:
        """Pass on what is about to be trained."""
        for watch in self._watches:
            watch.began(plan)

    def batch(self, windows: int) -> None:
        """Pass on that so many windows more were trained on."""
        for watch in self._watches:
            watch.batch(windows)

    def epoch(self, report: EpochReport) -> None:
        """Pass on how an epoch went."""
        for watch in self._watches:
            watch.epoch(report)

    def ended(self, result: Result) -> None:
        """Pass on how it ended."""
        for watch in self._watches:
            watch.ended(result)
