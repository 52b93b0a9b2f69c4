"""Question: how large are the parts of the code, how much of it says why, and do its folders point one way?

Method: Python's own `ast` and `tokenize`. A body is a function's lines, signature included, without its docstring. A
comment counts if it is prose: marks for tools (noqa, type, fmt, ruff) and ruled headings do not. A room is a folder or
a module that lies directly in a package; an arrow is an import between two rooms; an arrow is upward if it closes a
circle of rooms. Command: python -m bench.house [--root FOLDER] [--json FILE]
"""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.machine import ROOT, commit, publish

# Tests count as a part: they are read as often as the code.
PARTS: Final = ("stream", "models", "bench", "tests")
PACKAGES: Final = ("stream", "models")
FOR_TOOLS: Final = re.compile(r"#!?\s*(noqa|type:|fmt:|ruff:|pragma|-{3,})")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Arrows = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of one part: files and bodies in lines, comments in each 100 lines of code."""

    files: int
    lines: int
    median_file: float
    files_over_250: int
    median_body: float
    p90_body: float
    longest_body: int
    bodies_over_50: int
    comments_per_100: float


@dataclass(frozen=True, slots=True)
class Rooms:
    """The folders and modules of one package, and the imports between them."""

    rooms: int
    floors: int
    arrows: int
    upward: int


def sizes(root: Path, part: str) -> Sizes:
    """Measure every Python file of a part."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / part).rglob("*.py"))]
    files = [text.count("\n") for text in texts]
    # Nested functions count twice, in themselves and in what holds them: both are read.
    bodies = sorted(length for text in texts for length in body_lines(text))
    return Sizes(
        files=len(files),
        lines=sum(files),
        median_file=statistics.median(files),
        files_over_250=sum(lines > 250 for lines in files),
        median_body=statistics.median(bodies),
        p90_body=bodies[int(0.9 * len(bodies))],
        longest_body=bodies[-1],
        bodies_over_50=sum(lines > 50 for lines in bodies),
        comments_per_100=round(100 * sum(map(comments, texts)) / sum(files), 2),
    )


def body_lines(text: str) -> Iterator[int]:
    """Yield the length of each function, its docstring left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            # Without the docstring: a longer explanation must not make a function look worse.
            yield _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) is not None else 0)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def comments(text: str) -> int:
    """Count comments that a reader is meant to read."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and not FOR_TOOLS.match(token.string) for token in tokens)


def rooms(root: Path, package: str) -> Rooms:
    """Measure how a package's rooms hang together."""
    found = arrows(root, package)
    count = sum(map(len, found.values()))
    upward = 0
    while (circle := _circle(found)) is not None:
        # Which arrow of a circle is wrong is a matter of taste; one of them is.
        found[circle[1]].discard(circle[0])
        upward += 1
    return Rooms(len(found), max(floors(found).values()), count, upward)


def arrows(root: Path, package: str) -> Arrows:
    """Return the rooms that each room imports."""
    found: Arrows = {}
    for path in sorted((root / package).rglob("*.py")):
        room = _room(path.relative_to(root).with_suffix("").as_posix().replace("/", "."))
        if room is None:
            continue
        needs = {_room(name) for name in imported(path) if name.startswith(f"{package}.")}
        found.setdefault(room, set()).update(need for need in needs if need not in (room, None))
    return {room: {need for need in needs if need in found} for room, needs in found.items()}


def _room(module: str) -> str | None:
    parts = module.split(".")
    # A package's own __init__ belongs to no room: it is the door to all of them.
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else None


# Rooms, floors and doors are each asked of every file, and a file takes a millisecond or two.
@cache
def imported(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a file imports, wherever in the file it does so.

    `from a import b` gives both "a" and "a.b": from the text alone, b may be a module or a name inside one.
    """
    return tuple(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"import_module", "importlib.import_module"}:
            # A name that is only known when it runs is nobody's import.
            yield from (str(name.value) for name in node.args if isinstance(name, ast.Constant))


def _circle(arrows: Arrows) -> list[str] | None:
    """Return rooms that import each other in a circle, as they follow each other, or None."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return None


def floors(arrows: Arrows) -> dict[str, int]:
    """Return the floor of each room: one above the highest room that it imports, 1 if it imports none.

    Raises
    ------
    graphlib.CycleError
        if rooms import each other in a circle
    """
    floor: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        floor[room] = 1 + max((floor[need] for need in arrows[room]), default=0)
    return floor


def main() -> None:
    """Measure, print and write."""
    parser = command_line("bench.house", __doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    given = parser.parse_args()
    found: dict[str, Any] = {
        "measured_commit": commit(given.root),
        "sizes": {part: asdict(sizes(given.root, part)) for part in PARTS},
        "rooms": {package: asdict(rooms(given.root, package)) for package in PACKAGES},
    }
    for table in (found["sizes"], found["rooms"]):
        for name, figures in table.items():
            print(f"{name:8}", ", ".join(f"{key} {value:g}" for key, value in figures.items()))
    publish("house", found, given.json)


if __name__ == "__main__":
    main()
