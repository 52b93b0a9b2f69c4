"""Progress of a training on stderr: bars in a terminal, a line for each epoch elsewhere."""

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from models.training.callbacks import EpochRecord, EpochReport, Plan, Result


class Rate(ProgressColumn):
    """Windows a second, of late."""

    def render(self, task: Task) -> Text:
        """Write the rate once it is known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} windows/s" if speed else "", style="progress.data.speed")


class Board(Progress):
    """Bars, and under them the last validation figures."""

    figures = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield what is drawn, from top to bottom."""
        yield from super().get_renderables()
        yield Text(self.figures, style="dim")


def watcher(console: Console) -> "Lines":
    """Return the watcher that fits where `console` writes to."""
    # In a log file bars would be thousands of lines of control characters.
    return Bars(console) if console.is_terminal else Lines(console)


class Lines:
    """Prints how a training begins, a line for each epoch, and how it ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._plan: Plan | None = None
        self._done = 0
        self._trained = 0

    def preparing(self, what: str, done: int, total: int) -> None:
        """Print what begins."""
        if done == 0:
            self._say(f"{what}{f', {total} steps' if total > 1 else ''}")

    def began(self, plan: Plan) -> None:
        """Print what is about to be trained."""
        self._plan, self._done, self._trained = plan, len(plan.history), 0
        self._say(opening(plan))

    def batch(self, windows: int) -> None:
        """Print nothing: an epoch has a line."""

    def epoch(self, report: EpochReport) -> None:
        """Print how an epoch went."""
        self._done, self._trained = self._done + 1, self._trained + 1
        self._say(f"epoch {self._place()}: {_line(report)}{', best so far' if report.best else ''}")

    def ended(self, result: Result) -> None:
        """Print how it ended, also where it had ended before."""
        self._say(f"{result.folder}: {'' if self._trained else 'had ended already; '}{result.reason}")

    def close(self) -> None:
        """Leave the terminal as it was."""

    def _place(self) -> str:
        return f"{self._done}/{len(self._plan.epochs) if self._plan else 0}"

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bars(Lines):
    """Shows all epochs and the one at work as bars, with the rate, the time left and the last validation figures."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._before: Board | None = None
        self._board: Board | None = None
        self._all, self._one = TaskID(0), TaskID(0)

    def preparing(self, what: str, done: int, total: int) -> None:
        """Show how far the preparation is; its steps leave no lines behind."""
        if self._before is None:
            self._before = Board(TextColumn("{task.description}"), BarColumn(), console=self._console, transient=True)
            self._before.start()
            self._before.add_task(what, total=total)
        [task] = self._before.task_ids
        # One step has no middle to show: without a total the bar moves by itself.
        self._before.update(task, description=what, total=total if total > 1 else None, completed=done)

    def began(self, plan: Plan) -> None:
        """Begin the bars where the checkpoint stands."""
        self._end_preparation()
        super().began(plan)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), Rate())
        # transient: what stays on the screen at the end is the lines, as in a log.
        self._board = board = Board(*columns, TimeRemainingColumn(), console=self._console, transient=True)
        done = sum(epoch.windows for epoch in plan.epochs[: self._done])
        # A resumed epoch begins in its middle, and both bars with it.
        inside = plan.done_batches * plan.recipe.batch_windows
        total = sum(epoch.windows for epoch in plan.epochs)
        board.figures = f"validation: {_figures(plan.history[-1])}" if plan.history else ""
        self._all = board.add_task("", total=total, completed=done + inside)
        self._one = board.add_task("")
        self._next(inside)
        board.start()

    def batch(self, windows: int) -> None:
        """Move both bars on."""
        if self._board:
            self._board.advance(self._all, windows)
            self._board.advance(self._one, windows)

    def epoch(self, report: EpochReport) -> None:
        """Show the epoch's figures, above the bars too if it is the best so far."""
        self._done, self._trained = self._done + 1, self._trained + 1
        if report.best:
            self._say(f"epoch {self._place()}: {_line(report)}, best so far")
        if self._board:
            self._board.figures = f"validation: {_figures(report)}"
        self._next(0)

    def ended(self, result: Result) -> None:
        """Remove the bars and print how it ended."""
        # First the bars: a line printed below them would be drawn over.
        self.close()
        super().ended(result)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._end_preparation()
        # Called twice where a training ends by itself: the second time there is nothing to stop.
        if self._board:
            self._board.stop()
            self._board = None

    def _end_preparation(self) -> None:
        if self._before:
            self._before.stop()
            self._before = None

    def _next(self, completed: int) -> None:
        """Begin the bar of the next epoch, if there is one."""
        if self._board is None or self._plan is None:
            return
        self._board.update(self._all, description=f"epochs {self._place()}")
        if self._done < len(self._plan.epochs):
            planned = self._plan.epochs[self._done]
            name = "PreBCE" if planned.phase == "pre_bce" else f"{planned.negatives:,} negatives"
            self._board.reset(self._one, total=planned.windows, completed=completed, description=name)


def opening(plan: Plan) -> str:
    """Return what is about to be trained, and from where on, in a line."""
    what = f"{plan.recipe.architecture} of {plan.network_parameters:,} numbers on {plan.device}"
    data = f"{plan.positives:,} windows with IED, {plan.negatives:,} without, {plan.validation:,} to validate"
    begins = f"; {len(plan.history)} epochs are done" if plan.history or plan.done_batches else ""
    return f"{plan.folder}: {what}; learning rate {plan.recipe.learning_rate:g}; {data}{begins}"


def _line(record: EpochRecord) -> str:
    return f"loss {record.loss:.4f}, {_figures(record)}, {record.windows_per_s:,.0f} windows/s, {record.seconds:.1f} s"


def _figures(record: EpochRecord) -> str:
    return (
        f"F1 {record.f1:.3f}, precision {record.precision:.3f}, recall {record.recall:.3f}, "
        f"AUROC {record.auroc:.3f}, AUPRC {record.auprc:.3f}"
    )
