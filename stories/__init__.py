"""People, told with their consent."""
