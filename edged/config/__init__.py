"""The configuration: one model that holds default, unit and help; TOML in, example and reference out."""
