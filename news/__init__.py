"""What the organisation says in public, day by day."""
