"""Pictures and the renditions they are served as."""
