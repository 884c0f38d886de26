"""Site settings. All apps below this one may import them."""
