"""A bed's own model: adapted to what reviewers said of its events, promoted, and taken back."""
