"""Commands, one file for what belongs together: live, results, data, training, evaluation, configuration."""
