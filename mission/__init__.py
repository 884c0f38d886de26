"""The home page, plain pages, site settings, and content loaded from files."""
