"""What was said and decided: the record, its decisions, and the tasks typed where they were said."""
