"""Search: the index, the query and the view."""
