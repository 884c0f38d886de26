"""How fast the site is, measured on a database of its own."""
