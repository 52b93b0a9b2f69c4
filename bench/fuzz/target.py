"""What is fuzzed: how input is made, and what reads it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.errors import ModelsError
from stream.errors import SpikewatchError

TYPED: Final = (ModelsError, SpikewatchError)
"""What a user or a sender can cause, as one clear line. Anything else that comes out of a reader is a defect."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads what strangers write: `make` draws an input, `use` reads it from a file of that ending.

    `prepare` loads what is needed for it, once.
    """

    name: str
    suffix: str
    make: Callable[[random.Random], bytes]
    use: Callable[[Path], None]
    prepare: Callable[[], object] = lambda: None


class BrokenPromiseError(Exception):
    """What was read is not what its reader promises."""


def broken(text: str) -> BrokenPromiseError:
    """Return the error of a promise that was not kept."""
    return BrokenPromiseError(text)
