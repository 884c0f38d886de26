"""What the organization says in public, day by day."""
