"""Who may enter the CMS."""
