"""Damaged and contrived input for everything that reads what a stranger wrote."""
