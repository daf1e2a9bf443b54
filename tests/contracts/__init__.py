"""What the store promises, shown on every database."""
