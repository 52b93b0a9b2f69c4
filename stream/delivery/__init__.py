"""From the journal to the broker: what is said, in which order, and what was answered."""
