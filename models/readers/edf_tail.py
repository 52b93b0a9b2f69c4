"""What stands behind the last data record of an EDF or BDF file, and whether a copy changed its bytes."""

import os
from typing import BinaryIO, Final

from models.errors import DataError

BLOCK_BYTES: Final = 1 << 20
FEWEST_LINES: Final = 16
"""Samples have a byte like a line feed every few hundred; one behind a carriage return every sixty thousand."""
AS_TEXT: Final = (
    "was copied as if it were text, which put a byte before each line feed in its samples; copy it as binary"
)


def filled(file: BinaryIO, first: int, end: int) -> int:
    """Return where the last byte of [first, end) ends that is not zero; `first` where all are.

    A recorder that makes room for records ahead, or a host that lost its power, leaves zeros behind the last one.
    """
    while end > first:
        begin = max(first, end - BLOCK_BYTES)
        file.seek(begin)
        if block := file.read(end - begin).rstrip(b"\0"):
            return begin + len(block)
        end = begin
    return first


def check_binary(file: BinaryIO, first: int) -> None:
    """Check that line feeds in the samples, which begin at byte `first`, are not those of a text.

    Raises
    ------
    DataError
        if each stands behind a carriage return: every sample behind the first of them is not what it was
    """
    file.seek(first, os.SEEK_SET)
    block = file.read(BLOCK_BYTES)
    lines = block.count(b"\n")
    if lines >= FEWEST_LINES and lines == block.count(b"\r\n"):
        raise DataError(AS_TEXT)
