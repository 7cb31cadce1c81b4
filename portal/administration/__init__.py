"""What the office sets for everybody, its working days, and the journal for the auditor."""
