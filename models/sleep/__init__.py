"""The sleep stager and its training."""
