"""The secretary's week: of every meeting under preparation or not wound up yet, what is ready, missing and late."""
