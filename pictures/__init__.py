"""Pictures and the sizes they are served in."""
