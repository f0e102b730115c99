"""Missions as data: a TOML file each, with a source and a confidence for every number."""
