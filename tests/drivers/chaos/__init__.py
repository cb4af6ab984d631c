"""Breaks a running Commontime by a plan, while people use it, and checks what must always hold."""
