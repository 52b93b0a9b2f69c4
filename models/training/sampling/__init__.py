"""Which negatives an epoch trains on: how many (effective), at random (draws), by shape (sax, seasam), by feature."""
