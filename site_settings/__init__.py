"""Site settings: what every page may read, whatever its app."""
