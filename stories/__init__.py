"""Stories of people, published with their consent."""
