"""Benchmarks of the site's speed. They use their own database in var/."""
