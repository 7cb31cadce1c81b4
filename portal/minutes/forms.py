"""What is typed about minutes."""

from typing import TypeVar

Read = TypeVar("Read")
