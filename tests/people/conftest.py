import pytest
from argon2 import PasswordHasher

from portal.people.sessions import operations as sessions


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    """Passwords that cost little to compare; how dear they are in earnest is argon2's own affair."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sessions, "_hasher", lambda: hasher)
