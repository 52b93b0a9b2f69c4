"""publish: the journal's messages and retained states out, to an MQTT broker."""
