"""The quality gate: what it was fitted on, what it rejects, and what that costs."""
