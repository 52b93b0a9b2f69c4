"""Hands out the pieces of an archive, each as soon as it can be carried out."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from models.tasks import Tasks
from stream.archive import pieces
from stream.archive.pieces import Job, Survey

AHEAD: Final = 2
"""Pieces that wait, for each that is under way: more files begun at once would fill the disk with their segments."""


class Archive:
    """The pieces of some files. Each leaves a file, and what is there is not done again."""

    def __init__(self, job: Job, files: Sequence[Path]) -> None:
        # A file that is named twice is scored once.
        self.results = {file: job.folder / f"{job.key(file)}.json" for file in dict.fromkeys(files)}
        self._job = job
        self._missing: dict[Path, int] = {}
        self._surveys: dict[Path, Survey] = {}

    def forget_problems(self) -> None:
        """Drop the results of files that could not be scored: they are tried again."""
        for result in self.results.values():
            if result.exists() and json.loads(result.read_text(encoding="utf-8"))["problem"]:
                result.unlink()

    def run(self, tasks: Tasks) -> Iterator[Path]:
        """Yield every file once its result is there."""
        self._job.folder.mkdir(parents=True, exist_ok=True)
        done = [file for file, result in self.results.items() if result.exists()]
        yield from done
        waiting = deque(file for file in self.results if file not in done)
        under_way = 0

        def refill() -> None:
            nonlocal under_way
            while waiting and under_way < AHEAD * tasks.at_once:
                file = waiting.popleft()
                tasks.submit(self._surveyed, pieces.survey, self._job, file)
                under_way += 1

        refill()
        for follow, found in tasks.results():
            under_way -= 1
            finished, more = follow(found)
            for key, work, *arguments in more:
                tasks.submit(key, work, self._job, *arguments)
                under_way += 1
            refill()
            yield from finished

    def _surveyed(self, seen: Survey) -> "Next":
        self._surveys[seen.file] = seen
        result = self.results[seen.file]
        self._missing[seen.file] = len(seen.segments)
        if not seen.segments:
            return [], [self._merge(seen)]
        return [], [
            (
                partial(self._scored, seen.file),
                pieces.score_segment,
                seen,
                first,
                end,
                result.with_name(f"{result.stem}-{first}-{end}.npz"),
            )
            for first, end in seen.segments
        ]

    def _scored(self, file: Path, _: None) -> "Next":
        self._missing[file] -= 1
        return [], [] if self._missing[file] else [self._merge(self._surveys[file])]

    def _merge(self, seen: Survey) -> "Piece":
        return partial(self._merged, seen.file), pieces.merge, seen, self.results[seen.file]

    def _merged(self, file: Path, _: None) -> "Next":
        return [file], []


Piece = tuple[Any, ...]
"""What follows on its result, the work, and its arguments behind the job."""
Next = tuple[list[Path], list[Piece]]
"""Files that are finished, and pieces that can be carried out now."""
