"""What state runs on: small ports, each with an embedded implementation and room for others."""
