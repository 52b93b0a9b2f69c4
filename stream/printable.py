"""Text from outside (names of streams and channels, file names) made fit for a terminal or a log line."""


def printable(text: str) -> str:
    r"""Write control characters as \x1b: stream and channel names come from strangers."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
