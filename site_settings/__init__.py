"""Site settings, which all pages of all apps can use."""
