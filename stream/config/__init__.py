"""Configuration: keys, their sources, and what is wrong with a value."""
