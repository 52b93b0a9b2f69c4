"""The demo: its parts, and the whole of it."""
