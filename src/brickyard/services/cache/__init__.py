"""Small values by key, for a while or for good."""
