"""What the parent keeps: children, each bed's outlook, metrics, the page."""
