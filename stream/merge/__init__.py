"""merge: scores in, detections and sleep states out."""
