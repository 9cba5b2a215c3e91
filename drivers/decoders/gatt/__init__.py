"""What Bluetooth GATT decoders are put together of: services, and the types of their characteristics."""
