"""An enum whose members carry the word on screen."""

import enum


class Labelled(enum.Enum):
    """An enum whose members carry the word on screen."""

    label: str

    def __new__(cls, code: str, label: str) -> "Labelled":
        member = object.__new__(cls)
        member._value_ = code
        member.label = label
        return member
