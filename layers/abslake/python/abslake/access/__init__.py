"""Who may ask: users, keys, roles. Secrets are kept as digests and never logged."""

from abslake.access.check import allow_forensics, allow_tuning, identify
from abslake.access.mask import mask_for, mask_of_caller
from abslake.access.source import load
from abslake.access.users import Role, User, Users, parse

__all__ = [
    "Role",
    "User",
    "Users",
    "allow_forensics",
    "allow_tuning",
    "identify",
    "load",
    "mask_for",
    "mask_of_caller",
    "parse",
]
