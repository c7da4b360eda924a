"""What the operators of a cloud do: look, and step in."""
