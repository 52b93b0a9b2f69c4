"""What a count of events says of their rate: the exact bound of a Poisson count (Garwood, Biometrika 1936)."""

from scipy.special import gammaincinv

from models.evaluation.bootstrap import LEVEL


def highest_rate(events: int, hours: float, level: float = LEVEL) -> float:
    """Return the highest rate (events an hour) at which so few events are still seen once in 1 / (1 - level) times.

    Parameters
    ----------
    events
        counted, 0 or more
    hours
        in which they were counted, above 0
    """
    # Half the chi-squared quantile of 2 (events + 1) degrees of freedom.
    return float(gammaincinv(events + 1, level)) / hours


def hours_to_show(per_h: float) -> float:
    """Return the fewest hours in which a rate can be shown not to be exceeded: those in which no event comes at all."""
    return highest_rate(0, 1.0) / per_h
