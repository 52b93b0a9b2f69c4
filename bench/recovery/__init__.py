"""How soon everything goes on after what holds it is killed, and whether anything is lost meanwhile."""
