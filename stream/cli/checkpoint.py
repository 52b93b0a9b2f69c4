"""Where an interrupted `score --out` stopped, kept beside its output until every file is done."""

import hashlib
import json
import os
import time
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from models.readers.fingerprint import fingerprint
from stream.config.keys import Config
from stream.errors import ConfigError

if TYPE_CHECKING:
    from models.detection.clusters import Clusters

EVERY_S: Final = 10.0
"""After a kill this much is scored once more."""


@dataclass(slots=True)
class Place:
    """How far a run came: files that are done, and of the next one the sample up to which all is in the output.

    `size` is that of the output in bytes; `events`, `account` and `clusters` are those of the file under way;
    `failed` says whether a file before it could not be analysed.
    """

    files: int = 0
    cursor: int = 0
    size: int = 0
    events: int = 0
    failed: bool = False
    account: dict[str, Any] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)

    def next_file(self) -> None:
        """Go on to the next file, of which nothing is known."""
        self.files += 1
        self.cursor = self.events = 0
        self.account, self.clusters = {}, {}

    def keep_clusters(self, clusters: "Clusters") -> None:
        """Keep the clusters of the file under way, as text."""
        self.clusters = {str(number): b64encode(state).decode() for number, state in clusters.states().items()}

    def restored_clusters(self) -> "Clusters":
        """Return the clusters that were kept."""
        from models.detection.clusters import Clusters  # noqa: PLC0415  (numpy, which a refusal need not wait for)

        made = Clusters()
        made.restore({int(number): b64decode(state) for number, state in self.clusters.items()})
        return made


class Checkpoint:
    """Writes the place of a run to FILE.resume, every few seconds; without an output a run cannot be resumed."""

    def __init__(self, out: Path | None, asked: str) -> None:
        self._path = Path(f"{out}.resume") if out else None
        self._asked = asked
        self._due_s = time.monotonic() + EVERY_S

    def load(self) -> Place:
        """Return where the interrupted run stopped.

        Raises
        ------
        ConfigError
            if none did, or it was asked for something else
        """
        if self._path is None:
            raise ConfigError("--resume: only what was written with --out can be gone on with; give that --out")
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
            asked, place = saved["asked"], Place(**saved["place"])
        except OSError:
            raise ConfigError(f"--resume: {self._path} is not there: no run with this --out was interrupted") from None
        except (ValueError, KeyError, TypeError):
            raise ConfigError(f"--resume: {self._path} is damaged; score again without --resume") from None
        if asked != self._asked:
            raise ConfigError(
                "--resume: files or settings are not those of the interrupted run; score without --resume"
            )
        return place

    @property
    def is_kept(self) -> bool:
        """Whether there is an output that a run can be resumed with."""
        return self._path is not None

    @property
    def is_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() >= self._due_s

    def save(self, place: Place, out: TextIO) -> None:
        """Save a place once what it counts is on the disk."""
        if self._path is None:
            return
        out.flush()
        os.fsync(out.fileno())
        place.size = out.seek(0, os.SEEK_END)
        # Renamed over the old one: a kill leaves one of the two, whole.
        fresh = self._path.with_suffix(".part")
        fresh.write_text(json.dumps({"asked": self._asked, "place": asdict(place)}), encoding="utf-8")
        fresh.replace(self._path)
        self._due_s = time.monotonic() + EVERY_S

    def clear(self) -> None:
        """Forget the place: the run is over."""
        if self._path:
            self._path.unlink(missing_ok=True)


def asked_for(config: Config, bed: str, form: str, files: list[Path]) -> str:
    """Return a hash of what decides about the output: settings, bed, format, and the recordings as they are on disk."""
    found = [[str(file), fingerprint(file)] for file in files]
    text = json.dumps([config.model_dump(mode="json"), bed, form, found], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
