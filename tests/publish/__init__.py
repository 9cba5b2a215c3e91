"""What the node says over MQTT: against real brokers wherever one can tell."""
