"""While a lesson is given: its slides on the room's screen, and what the listeners ask."""
