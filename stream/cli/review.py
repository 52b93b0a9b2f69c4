"""`spikewatch review`: judge events and clusters of events, and see what the judgements promise."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import getpass
import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stream.cli.beds import named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.cli.results import instant
from stream.config.load import DEFAULT_CONFIG, load
from stream.config.merge_keys import NAMED
from stream.errors import ConfigError
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.review.cards import Card
    from stream.schema.journalled import Verdict

app = typer.Typer(help="Judge events, and clusters of events that look alike.", no_args_is_help=True)

BedId = Annotated[str, typer.Option("--bed", help="The bed; the first by default.")]
Since = Annotated[str, typer.Option(help="Only events since: an age (8h, 7d) or a time.")]
Target = Annotated[str, typer.Argument(help="An event's id, or a cluster like 1-2.")]
Reviewer = Annotated[str, typer.Option("--as", help="Who judges; this machine's user by default.")]
Drawn = Annotated[bool, typer.Option("--drawn", help="The event was drawn by `review draw`: it counts for a promise.")]
STEPS = 10**7
"""Of a threshold that is written down: as fine as probabilities near 1 are."""
CARD_COLUMNS = ("cluster", "count", "probability", "lead", "stages", "standings", "not called", "clearest")


@app.command("list")
def list_cards(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    since: Since = "",
    threshold: Annotated[float, typer.Option(min=0, max=1, help="As if called from here on; 0: as called.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """List clusters, the most certain first, and how reviewers agree."""
    from stream.logbook.journal_reader import JournalReader
    from stream.review.bed_review import BedReview

    settings = load(config_file, overrides)
    journal = JournalReader(settings.journal.path)
    review = BedReview(journal, named(settings, bed)[0].id, instant(since, datetime.now(UTC)))
    journal.close()
    found, agree, kept = review.cards(threshold), review.agreements(), review.promise()
    if as_json:
        promised = asdict(kept) if kept else None
        agreed = list(map(asdict, agree))
        print_json(
            {"cards": list(map(asdict, found)), "agreements": agreed, "promise": promised, "model": review.model}
        )
        return
    print_table(CARD_COLUMNS, map(_row, found))
    for one in agree:
        typer.echo(f"{' and '.join(one.reviewers)}: {one.same} of {one.events} alike, kappa {one.kappa:.2f}", err=True)
    if kept:
        typer.echo(
            f"From threshold {kept.threshold:.3f} on, at least {kept.share:.0%} of events are true (95 %, "
            f"{kept.true} of {kept.reviews} drawn). To keep it, write under [bed.merge]: "
            f"threshold = {_writable(kept.threshold)}, promise = [{kept.share:g}, {kept.true}, {kept.reviews}], "
            f'promise_model = "{review.model[:NAMED]}" and promise_threshold = {_writable(kept.threshold)}',
            err=True,
        )


def _writable(threshold: float) -> str:
    """Return a threshold as config.toml takes it: below 1, and not above the event that it was shown with."""
    return f"{min(math.floor(threshold * STEPS), STEPS - 1) / STEPS:.7f}"


def _row(card: "Card") -> list[str]:
    lead = card.leads[0]
    return [
        card.cluster or "none",
        str(card.count),
        f"{card.probability:.2f}",
        f"{lead.channel} {lead.low:.0%} to {lead.high:.0%}",
        _counts(card.stages),
        _counts(card.standings),
        str(card.not_called),
        (card.clearest or ("none",))[0],
    ]


def _counts(of: "Mapping[Any, int]") -> str:
    return " ".join(f"{name} {count}" for name, count in of.items())


@app.command()
def draw(
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    since: Since = "",
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 30,
) -> None:
    """List events drawn by chance: judge all of them with --drawn, and they promise a share of true events."""
    from stream.logbook.journal_reader import JournalReader
    from stream.review.bed_review import BedReview

    settings = load(config_file, overrides)
    journal = JournalReader(settings.journal.path)
    review = BedReview(journal, named(settings, bed)[0].id, instant(since, datetime.now(UTC)))
    journal.close()
    columns = ("id", "utc", "peak_channel", "cluster")
    rows = ([str(event.get(column, "")) for column in columns] for event in review.to_draw(count))
    # The probability is not shown: a reviewer who sees it judges by it.
    print_table(columns, rows)


@app.command()
def accept(
    targets: Annotated[list[str], typer.Argument(help="Ids of events, or clusters like 1-2.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    reviewer: Reviewer = "",
    drawn: Drawn = False,
) -> None:
    """Say that events, or all events so far of a cluster, are discharges."""
    _say(config_file, overrides, bed, reviewer, targets, "accept", drawn=drawn)


@app.command()
def reject(
    targets: Annotated[list[str], typer.Argument(help="Ids of events, or clusters like 1-2.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    reviewer: Reviewer = "",
    label: Annotated[str, typer.Option(help="What it is instead, like blink.")] = "",
    drawn: Drawn = False,
) -> None:
    """Say that events, or all events so far of a cluster, are no discharges."""
    _say(config_file, overrides, bed, reviewer, targets, "reject", label, drawn=drawn)


@app.command()
def relabel(
    target: Target,
    label: Annotated[str, typer.Argument(help="What kind of discharge it is, like polyspike.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    reviewer: Reviewer = "",
) -> None:
    """Say what kind of discharge an event or a cluster is."""
    _say(config_file, overrides, bed, reviewer, [target], "relabel", label)


@app.command()
def undo(
    target: Annotated[str, typer.Argument(metavar="REVIEW", help="The id of a review of your own.")],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    bed: BedId = "",
    reviewer: Reviewer = "",
) -> None:
    """Take a review back."""
    _say(config_file, overrides, bed, reviewer, [target], "undo")


def _say(
    config_file: ConfigFile,
    overrides: Overrides,
    bed: str,
    reviewer: str,
    targets: list[str],
    verdict: "Verdict",
    label: str = "",
    *,
    drawn: bool = False,
) -> None:
    from stream.logbook.journal import Journal
    from stream.review.bed_review import BedReview, post

    settings = load(config_file, overrides)
    # The writer would create a missing journal, and a wrong path would give an empty journal.
    if not settings.journal.path.is_file():
        raise ConfigError(f"journal.path {settings.journal.path}: no such file; `spikewatch run` makes it")
    journal = Journal(settings.journal.path)
    try:
        known = BedReview(journal, named(settings, bed)[0].id, instant("", datetime.now(UTC)))
        # All of them before the first is written: a wrong one leaves nothing half done.
        made = [known.review(one, verdict, reviewer or getpass.getuser(), label, drawn=drawn) for one in targets]
        for review in made:
            post(journal, review)
            typer.echo(f"{review.id}: {review.verdict} {review.covers} {review.target} by {review.reviewer}")
    finally:
        journal.close()
