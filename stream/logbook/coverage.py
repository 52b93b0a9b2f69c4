"""Rows of coverage: lengthened as analysis goes on, and written anew where samples were looked at again."""

from collections.abc import Sequence
from sqlite3 import Connection

from stream.records import Coverage


def follow(database: Connection, bed: str, recording: int, reached: int, pieces: Sequence[Coverage]) -> int:
    """Write pieces, the first of which begins at `reached`, and return where the last one ends.

    Raises
    ------
    ValueError
        if there is a hole or an overlap
    """
    for piece in pieces:
        # Checked here and not by a query later: a hole would be samples that have no fate.
        if piece.first != reached or piece.end <= piece.first:
            raise ValueError(f"coverage of {bed}/{recording} is at {reached}, {piece} does not follow")
        cover(database, bed, recording, piece)
        reached = piece.end
    return reached


def cover(database: Connection, bed: str, recording: int, piece: Coverage) -> None:
    """Lengthen the last piece if this one continues it, else add a row."""
    # Hours of undisturbed analysis are one row, so that accounting stays a quick query.
    extended = database.execute(
        'UPDATE coverage SET "end" = ? WHERE bed = ? AND recording = ? AND "end" = ? AND fate = ? AND reason = ?',
        (piece.end, bed, recording, piece.first, piece.fate, piece.reason),
    ).rowcount
    if not extended:
        row = (bed, recording, piece.first, piece.end, piece.fate, piece.reason)
        database.execute("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", row)


def amend(database: Connection, bed: str, recording: int, piece: Coverage, fates: Sequence[Coverage]) -> None:
    """Write other fates in the place of a piece.

    Raises
    ------
    ValueError
        if they do not lead from its first sample to its end, or the piece is not there
    """
    reached = [piece.first, *(one.end for one in fates)]
    if [one.first for one in fates] != reached[:-1] or reached[-1] != piece.end:
        raise ValueError(f"coverage of {bed}/{recording}: {fates} are not all of {piece}")
    gone = database.execute(
        'DELETE FROM coverage WHERE bed = ? AND recording = ? AND first = ? AND "end" = ? AND fate = ?',
        (bed, recording, piece.first, piece.end, piece.fate),
    ).rowcount
    if not gone:
        raise ValueError(f"coverage of {bed}/{recording}: {piece} is not there")
    for one in fates:
        cover(database, bed, recording, one)
