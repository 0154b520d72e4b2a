"""Readers take lines apart, fields make columns of the parts; each in Python and, the same, in the engine's SQL."""
