"""Search of public pages: index, query and view."""
