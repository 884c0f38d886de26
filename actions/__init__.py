"""Actions: join, sign a petition or write a letter."""
