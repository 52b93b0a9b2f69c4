"""What the command lines of all benchmarks have in common."""

import argparse
from pathlib import Path


def command_line(module: str, about: str | None) -> argparse.ArgumentParser:
    """Return a parser for `python -m module`: help shows the bench's question as it is written, `--json` a file."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there as well")
    return parser
