"""What is kept: archival records, their numbers, verification and search."""
