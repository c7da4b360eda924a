"""What there is to call: services, what they take, give and cost, and who does their work."""
