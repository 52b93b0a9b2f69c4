"""How findings are written as files for other programs: one module for each format, and one record in `registry`."""
