"""What leaves a process: MQTT messages, and the reports of child processes to the parent."""
