"""Home page, standard pages, urgent help, navigation and public site-wide views."""
