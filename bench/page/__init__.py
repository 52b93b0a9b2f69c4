"""What the live page costs: a browser, its network, and the detector beside it."""
