"""Whether a file of samples is as long as its header says: a copy that broke off looks like a short recording."""

from collections.abc import Iterator

from models.errors import AGAIN


def remarks(size: int, frame_bytes: int, stated: int | None) -> Iterator[str]:
    """Yield what is odd about a file of so many bytes.

    Parameters
    ----------
    frame_bytes
        of one sample of all channels
    stated
        how many of these there should be, None where nothing says so
    """
    there, lost = divmod(size, frame_bytes)
    if stated and stated > there:
        yield f"its header counts {stated} samples, {there} are there, its end is missing; {AGAIN}"
    elif stated and stated < there:
        yield f"its header counts {stated} samples, {there} are there, and all were read"
    elif lost:
        yield f"holds {lost} bytes behind its last whole sample, which were left out: its end may be missing; {AGAIN}"
