"""Reports of a bed."""
