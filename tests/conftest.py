"""What every test may rely on."""

import signal

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
