"""A Prometheus server with the rules of `deploy/prometheus`, and a real cause for each alert."""
