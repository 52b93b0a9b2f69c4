"""acquire: one LSL stream in, the bed's sample log out. The only code that knows how LSL receives."""
