"""Base page, blocks, publishing rules, redirects, reviews, sources and translations."""
