"""Money: what calls cost, who has paid how much, and what may still be spent."""
