"""Which models were promoted for each bed: a small file beside the journal, so that a restart takes them over.

Beside the journal and not in config.toml, which a person writes and a service may only read.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from stream.errors import ConfigError

SUFFIX: Final = ".models"
REMEDY: Final = "run as the user who runs Spikewatch"
History = dict[str, list[str]]
"""The folders promoted for each bed, the newest last."""


def place(journal: Path) -> Path:
    """Return the folder beside a journal that holds the promoted models and the list of them."""
    return journal.with_name(journal.name + SUFFIX)


def is_kept(model: Path) -> bool:
    """Report whether a folder is one that keeps a promoted model, which was found to fit its bed."""
    return model.parent.parent.name.endswith(SUFFIX) and (model / "manifest.json").is_file()


def newest(folder: Path) -> dict[str, str]:
    """Return the folder of the model that each bed has, of those that have one."""
    return {bed: models[-1] for bed, models in read(folder).items() if models}


def read(folder: Path) -> History:
    """Read the list; there is none before the first promotion.

    Raises
    ------
    ConfigError
        if it cannot be read
    """
    listed = _list(folder)
    try:
        found = json.loads(listed.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        # Going on without it would watch a bed with another model than its reader believes.
        raise ConfigError(f"{listed}: cannot be read ({problem}); mend it, or remove it and promote again") from None
    if not _is_history(found):
        raise ConfigError(f"{listed}: is no table of beds and folders; mend it, or remove it and promote again")
    return {bed: [str(folder / name) for name in names] for bed, names in found.items()}


def write(folder: Path, history: Mapping[str, Sequence[str]]) -> None:
    """Write the list, whole or not at all.

    Raises
    ------
    ConfigError
        if the place cannot be written
    """
    listed = _list(folder)
    named = {bed: [os.path.relpath(model, folder) for model in models] for bed, models in history.items()}
    try:
        folder.mkdir(exist_ok=True)
        partial = listed.with_suffix(".partial")
        partial.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")
        partial.replace(listed)
    except OSError as problem:
        raise ConfigError(f"{listed}: cannot be written ({problem.strerror}); {REMEDY}") from None


def _list(folder: Path) -> Path:
    return folder / "promoted.json"


def _is_history(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names) for names in found.values()
    )
