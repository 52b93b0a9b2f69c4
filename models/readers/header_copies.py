"""Copies of the small texts beside a recording's samples, where MNE would stumble over one word in them."""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Copies:
    """What is to be read in place of a recording's own texts.

    `texts` by name, the first of which is opened; `links` are files that must stand beside them; `left_out` says by
    label why a channel is not to be had, and `remarks` what was left out else.
    """

    texts: Mapping[str, str]
    links: Mapping[str, Path] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def opened(copies: Copies, open_file: Callable[[Path], Any]) -> Any:  # noqa: ANN401  (what it opens has no types)
    """Open the first of the texts; the copies go with what was opened.

    They may hold a name: their folder is the user's alone.
    """
    folder = Path(tempfile.mkdtemp(prefix="spikewatch-"))
    try:
        for name, text in copies.texts.items():
            (folder / name).write_bytes(text.encode())
        for name, path in copies.links.items():
            (folder / name).symlink_to(path.resolve())
        found = open_file(folder / next(iter(copies.texts)))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # Samples are read later, some of them through the link.
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found
