"""The commands, by what they are for: watching live, scoring files, looking around, settings."""
