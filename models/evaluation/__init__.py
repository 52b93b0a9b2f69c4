"""What a model is worth: figures on windows and on events, their intervals, calibration, operating points."""
