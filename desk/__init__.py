"""What staff find when they come in: their dashboard, their lists of pages, links that died."""
