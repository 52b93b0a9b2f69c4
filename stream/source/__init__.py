"""Which stream a bed is bound to, whether it still is that stream, and when its samples were taken."""
