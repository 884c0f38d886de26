"""The vocabulary editors write with."""
