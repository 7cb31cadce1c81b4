"""The example world: a year of meetings, loaded through the operations the pages use."""
