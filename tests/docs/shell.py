"""The commands of pages: which there are, which run in a test, and why the others do not."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.docs.test_pages import FENCED, PAGES

PROGRAMS: Final = ("spikewatch", "python", "python3", "make", "pip", "systemctl", "useradd")

ELSEWHERE: Final = {
    "spikewatch run": "tests/stream/test_live.py::test_an_interrupt_ends_everything_with_130",
    "spikewatch fleet": "tests/stream/fleet/test_replicas.py::test_i9_a_killed_replica_costs_no_window",
    "spikewatch score --engine ray": "tests/stream/cli/test_archive.py::test_both_engines_write_the_same_tables",
    "spikewatch score night.edf --out events.csv --resume": (
        "tests/stream/cli/test_scoring.py::test_an_interrupted_run_goes_on_where_it_stopped"
    ),
    "python -m bench.paper.families": "tests/bench/paper/test_families.py::test_epochs_of_two_tasks_have_both_labels",
    "python -m bench.paper ": "tests/bench/paper/test_main.py::test_every_cell_runs_and_every_table_prints",
    "python -m bench.worth.unseen": (
        "tests/bench/worth/test_unseen.py::test_each_fold_judges_its_own_people_and_all_are_counted_together"
    ),
    "python -m models.training": "tests/models/training/test_main.py::test_it_trains_and_prints_a_line_an_epoch",
    "python -m models.sleep.train_context": (
        "tests/models/sleep/test_train_context.py::test_the_command_writes_a_model_that_stages"
    ),
    "make run": "tests/stream/demo/test_director.py::test_half_a_minute_of_the_demo",
}
"""Commands that take processes of their own or many trainings, and the test that runs them on something small."""

NOT_RUN: Final = {
    "spikewatch train data": "a shipped model's recipe on gigabytes of windows; the recipe and the options are read",
    "spikewatch train candidates": "likewise",
    "spikewatch train joined": "likewise",
    "python -m bench.streaming": "minutes of simulated patients; its options are read",
    "make test": "would run itself",
    "make lint": "what `make test` does not do; it changes nothing",
    "systemctl": "asks the service manager of a host",
    "useradd": "changes the users of a host",
    "python3 -m venv": "installs from the network; deploy/install/try.sh does it",
    "pip install": "likewise",
}
"""Commands that no test runs, and why; what can be checked of them without running them is."""

OPENS_A_NETWORK: Final = (
    "spikewatch score", "spikewatch calibrate", "spikewatch evaluate", "spikewatch adapt", "spikewatch train",
    "spikewatch export --format bids --out derivatives", "spikewatch data hybrid", "spikewatch streams",
    "spikewatch doctor",
)  # fmt: skip
"""Commands of a second and more, or that look for streams: `make test-pages` runs them."""


def lines(page: Path) -> Iterator[str]:
    """Yield the lines of a page's shell blocks, fenced or indented, without remarks; continued ones as one."""
    text = page.read_text(encoding="utf-8")
    indented = "\n".join(line for line in FENCED.sub("", text).splitlines() if line.startswith("    "))
    for kind, block in [*FENCED.findall(text), ("", indented)]:
        for line in block.replace("\\\n", " ").splitlines() if kind in {"sh", ""} else ():
            # A block without a language may be a drawing, which only looks like words of a shell.
            if kind == "sh" or line.split()[:1] in [[program] for program in PROGRAMS]:
                yield shlex.join(shlex.split(line, comments=True))


def commands() -> dict[str, str]:
    """Return every command of the pages, its program without a folder, and the first page that has it."""
    found: dict[str, str] = {}
    for page in PAGES:
        for line in filter(None, lines(page)):
            program, space, rest = line.partition(" ")
            found.setdefault(f"{Path(program).name}{space}{rest}", page.name)
    return found


def entry(command: str, among: Mapping[str, str]) -> str:
    """Return the beginning under which a command stands among some, "" for none; the longest one counts."""
    fitting = [beginning for beginning in among if f"{command} ".startswith(beginning)]
    return max(fitting, key=len, default="")


def is_run(command: str) -> bool:
    """Return whether `test_commands` runs it."""
    return not entry(command, ELSEWHERE) and not entry(command, NOT_RUN)


def is_slow(command: str) -> bool:
    """Return whether only `make test-pages` runs it."""
    return command.startswith(OPENS_A_NETWORK)


def out_of(command: str) -> str:
    """Return the file or folder that a command writes, "" where it names none."""
    written = re.search(r"(?:--out|config init) (\S+)", command)
    return written[1] if written else ""
