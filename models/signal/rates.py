"""Which sampling rates can be conditioned."""

from typing import Final

LOWEST_RATE_HZ: Final = 100.0
HIGHEST_RATE_HZ: Final = 100_000.0
