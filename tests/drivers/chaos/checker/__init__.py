"""Recomputes what must always hold from what is stored, sent and remembered; each check is pure.

A check returns its violations, each of which begins with the invariant's number.
"""
