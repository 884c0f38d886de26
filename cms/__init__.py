"""The staff side of the CMS: dashboard, page listings, broken links and the guide."""
