"""What staff find when they come in: dashboard, lists of pages, links that died, the guide."""
