"""Press releases, statements and blog posts."""
