"""Durable timers in PostgreSQL, claimed together with the facts they cause."""
