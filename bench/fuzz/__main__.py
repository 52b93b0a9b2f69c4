"""Question: what comes out of everything that reads what strangers wrote, when it is damaged or contrived?

Method: valid input of each kind, damaged by a seed (bytes, numbers, words, blocks, header fields), is read as the
program reads it, in a process that may take 256 MiB of memory and 5 s of processor time for each. What may come out is
what was read, or one line of a typed error; everything else is a defect, counted by kind and place.
Command: python -m bench.fuzz [--seconds 300] [--target NAME] [--seed N] [--keep FOLDER] [--json FILE]
"""

import sys
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.fuzz import descriptions, recordings, texts
from bench.fuzz.run import MEMORY_BYTES, SECONDS_EACH, Outcome, fuzz
from bench.machine import publish

TARGETS: Final = {one.name: one for one in (*recordings.TARGETS, *texts.TARGETS, *descriptions.TARGETS)}


def figures(outcome: Outcome) -> dict[str, Any]:
    """Return what is published of a target."""
    return {
        "tried": outcome.tried,
        "read": outcome.read,
        "refused": sum(outcome.refusals.values()),
        "slowest_s": round(outcome.slowest_s, 2),
        "most_mb": round(outcome.most_bytes / 2**20, 1),
        "defects": dict(outcome.defects.most_common()),
    }


def main() -> None:
    """Run and print; exit code 1 if there was a defect."""
    parser = command_line("bench.fuzz", __doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="of each target")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="all of them by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where the first input of each defect is written")
    options = parser.parse_args()
    found = {}
    for name in options.target or TARGETS:
        outcome = fuzz(TARGETS[name], seconds=options.seconds, seed=options.seed, kept=options.keep)
        found[name] = figures(outcome)
        print(name, found[name], file=sys.stderr, flush=True)
        for reason, count in outcome.refusals.most_common(12):
            print("   ", count, reason, file=sys.stderr, flush=True)
    limits = {"memory_bytes": MEMORY_BYTES, "processor_s": SECONDS_EACH}
    result = {"seconds_each": options.seconds, "seed": options.seed, "limits": limits, "targets": found}
    publish("fuzz", result, options.json)
    sys.exit(any(one["defects"] for one in found.values()))


if __name__ == "__main__":
    main()
