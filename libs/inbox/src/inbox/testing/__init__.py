"""For tests of consumers: an owner to be asked, its topics, and a service that consumes.

Kafka and PostgreSQL are real; only the owner, the outside partner, is a few lines.
"""
