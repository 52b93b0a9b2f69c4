"""The one assumption about the processor that the sample log makes, and the refusal where it does not hold.

Writer and readers of a ring share memory without a lock. The writer's stores (give up, samples, entry, count) must
become visible to other cores in the order in which they were made, and a reader's loads must happen in order as well.
x86-64 promises both ("total store order": Intel SDM volume 3, 9.2; AMD APM volume 2, 7.2). Weaker processors, Arm among
them, need barriers between the steps, and Python has none: a reader there could take half-written samples for EEG.
"""

import platform
from typing import Final

from stream.errors import RecordError

ORDERED: Final = frozenset({"x86_64", "AMD64"})
"""As `platform.machine()` names processors with total store order, on Linux and on Windows."""


def require_ordered_stores() -> None:
    """Raise RecordError where a reader could see half-written samples."""
    machine = platform.machine()
    if machine not in ORDERED:
        raise RecordError(
            f"the sample log cannot run on {machine}: its lock-free ring needs memory stores to become visible in "
            "order, which x86-64 alone promises; run Spikewatch on an x86-64 computer"
        )
