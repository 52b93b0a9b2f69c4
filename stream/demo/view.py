"""What a person sees of the demo: a pure function from what is known to what is drawn."""

from typing import Final

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from stream.demo.place import Place
from stream.demo.watched import UNKNOWN, Happening, Watched
from stream.schema.payload import NOTICE

# As many as fit below the rest on a terminal of 24 lines.
EVENTS_SHOWN: Final = 10
VERBS: Final = ("acquire", "condition", "frame", "infer", "merge", "journal", "total")
STYLES: Final = {"found": "green", "faint": "cyan", "false": "red", "missed": "yellow"}
NAMES: Final = {"W": "awake", "N1": "N1", "N2": "N2", "N3": "N3, deep", "R": "REM", UNKNOWN: "not yet known"}
SAYS: Final = {"found": "found", "faint": "faint", "false": "false", "missed": "missed"}


def draw(watched: Watched, place: Place, now_s: float) -> RenderableType:
    """Draw everything, as at `now_s`."""
    tables = Columns([_happenings(watched, now_s), _latencies(watched)], padding=(0, 4))
    # A low terminal cuts from below: the tables go first.
    body = Group(_state(watched, now_s), _where(place), Text(), tables)
    return Panel(body, title="[bold]Spikewatch[/], a simulated patient", subtitle=NOTICE, box=box.ROUNDED)


def _state(watched: Watched, now_s: float) -> Table:
    counts = watched.counts(now_s)
    # Only colour depends on it: the stage detected lags the true one by an epoch, which is no error.
    agrees = watched.stage == watched.true_stage
    grid = _pairs()
    grid.add_row("running", f"{now_s - watched.began_s:.0f} s, {_waiting(watched)}")
    detected = Text(NAMES.get(watched.stage, watched.stage), style="green" if agrees else "")
    grid.add_row("sleep", Text.assemble(detected, f" detected, {NAMES.get(watched.true_stage, '')} in truth"))
    sensitivity = "" if counts.sensitivity is None else f" ({counts.sensitivity:.0%})"
    grid.add_row(
        "discharges",
        Text.assemble(
            f"{counts.marked} in truth   ",
            (f"{counts.found} found{sensitivity}", STYLES["found"]),
            (f"   {counts.missed} missed", STYLES["missed"]),
            (f"   {counts.false} false", STYLES["false"]),
            (f"   {counts.faint} beside faint ones", STYLES["faint"]),
        ),
    )
    return grid


def _waiting(watched: Watched) -> str:
    if watched.settled_s is None:
        return "the detector is getting ready"
    age_s = watched.data_age_s
    return "watching" if age_s is None else f"watching; newest sample {age_s:.1f} s old, reported once a second"


def _happenings(watched: Watched, now_s: float) -> Table:
    """Draw the latest; delay is from the spike's peak, latency from the arrival of the last sample that was needed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Latest events", title_justify="left")
    table.add_column("ago", justify="right")
    table.add_column("truth")
    table.add_column("peak", min_width=8)
    for name in ("prob.", "µV", "delay, ms", "latency, ms"):
        table.add_column(name, justify="right")
    for happening in watched.latest(now_s, EVENTS_SHOWN):
        table.add_row(*_cells(happening, now_s), style=STYLES[happening.outcome])
    return table


def _cells(happening: Happening, now_s: float) -> tuple[str, ...]:
    ago, says = f"{now_s - happening.lsl_s:.0f} s", SAYS[happening.outcome]
    if happening.event is None:
        # A missed discharge has a time and no more: there is no event whose figures could be shown.
        return (ago, says)
    payload, event = happening.event.payload, happening.event
    sign = "-" if payload["polarity"] == "negative" else "+"
    # Empty until the journal knows it: the latency of a commit is known only after the commit.
    total = "" if event.total_ms is None else f"{event.total_ms:.1f}"
    delay_ms = (event.seen_s - event.lsl_s) * 1e3
    size = f"{sign}{payload['amplitude_uv']:.0f}"
    return (ago, says, payload["peak_channel"], f"{payload['probability']:.2f}", size, f"{delay_ms:.0f}", total)


def _latencies(watched: Watched) -> Table:
    """Draw each stage's latency once the start is over; a quantile beyond the histogram's last edge is not known."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Latency, ms", title_justify="left")
    table.add_column("stage")
    table.add_column("median", justify="right")
    table.add_column("95 %", justify="right")
    for verb in VERBS:
        histogram = watched.latency_after_start(verb)
        cells = (_ms(histogram.quantile(0.5)), _ms(histogram.quantile(0.95)))
        table.add_row(verb, *cells, style="bold" if verb == "total" else "")
    at_start = watched.budget_misses_at_start
    misses = "" if at_start is None else f"{(watched.budget_misses or 0) - at_start} missed"
    table.add_row("budget", _ms(watched.budget_s), misses, style="dim")
    return table


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e3:.1f}"


def _where(place: Place) -> Table:
    mqtt = place.config.publish
    grid = _pairs()
    grid.add_row("page", Text(place.page, style="link " + place.page))
    grid.add_row("metrics", Text(place.metrics, style="link " + place.metrics))
    grid.add_row("MQTT 3.1.1", f"{mqtt.host} port {mqtt.port}, topic {place.topics}")
    grid.add_row("end", "Ctrl-C")
    return grid


def _pairs() -> Table:
    """Make a grid of names, all as wide, and what they stand for."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=10)
    grid.add_column()
    return grid
