"""The issue areas."""
