"""Who may ask: users, keys, tokens, roles, limits. Secrets are kept as digests and never logged."""

from abslake.access.check import Caller, allow_forensics, allow_tuning, authenticate, identify
from abslake.access.document import parse
from abslake.access.mask import Mask, mask_for
from abslake.access.source import load
from abslake.access.users import Role, User, Users

__all__ = [
    "Caller",
    "Mask",
    "Role",
    "User",
    "Users",
    "allow_forensics",
    "allow_tuning",
    "authenticate",
    "identify",
    "load",
    "mask_for",
    "parse",
]
