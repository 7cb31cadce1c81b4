"""The formal document: drafted, reviewed, numbered, signed, issued."""
