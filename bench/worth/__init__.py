"""What detectors are worth: discharges found, and false events an hour, at every threshold."""
