"""What the contract's calls take and give, by what they are about."""
