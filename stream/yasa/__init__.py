"""YASA, a sleep stager of other people's making, in a process of its own: what it is asked, and what it answers."""
