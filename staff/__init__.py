"""Staff accounts, login and two-factor authentication for the CMS."""
