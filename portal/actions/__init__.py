"""What was handed out: action items from assignment to closure, their progress, and the ledger."""
