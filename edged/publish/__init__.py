"""What leaves the node over MQTT: the live lane and the record lane."""
