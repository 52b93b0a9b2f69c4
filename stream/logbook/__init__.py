"""The two logs where processes meet: samples in memory, findings on disk."""
