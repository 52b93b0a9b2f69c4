"""The stages of sleep, in the order in which every code, network output and table has them.

Names of the AASM manual (2007 and later): wakefulness, N1 to N3, and REM sleep; its N3 is the older stages 3 and 4.
"""

from typing import Final, Literal, TypeAlias

Stage: TypeAlias = Literal["W", "N1", "N2", "N3", "R"]

# The networks' outputs and the codes of window sets are places in this order: another order misreads both.
STAGES: Final[tuple[Stage, ...]] = ("W", "N1", "N2", "N3", "R")
