"""The detector process: every bed from its sample log to the journal."""
