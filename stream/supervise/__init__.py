"""The parent process: keeps the others alive, and reports the state of every bed."""
