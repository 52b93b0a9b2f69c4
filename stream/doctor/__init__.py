"""Checks of this machine and its connections: the command `doctor`."""
