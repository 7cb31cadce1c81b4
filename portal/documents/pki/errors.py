"""What can be wrong with a signature that is about to be made."""


class WrongPin(Exception):
    """The signing PIN does not open this key."""


class CannotSign(Exception):
    """The PDF cannot take this signature: no such field, already signed, or not its turn."""
