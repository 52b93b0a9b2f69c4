"""From scores of overlapping windows to events."""
