"""How well sleep is staged, against a human scorer and beside YASA."""
