"""How a list of events is written for another program: one file for each format, and one record in `registry`."""
