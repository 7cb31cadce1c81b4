"""What a person is told, and where to go from there."""
