"""One bed inside the detector's process: bound to a stream, followed, counted, journalled."""
