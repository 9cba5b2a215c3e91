"""What tests stand on: brokers, browsers, boards."""
