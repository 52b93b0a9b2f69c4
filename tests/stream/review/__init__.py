"""Reviews of events."""
