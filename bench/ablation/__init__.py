"""What each step of making the scalp detector is worth: one left out at a time."""
