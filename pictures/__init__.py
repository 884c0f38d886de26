"""Pictures, their consent, and the renditions that readers receive."""
