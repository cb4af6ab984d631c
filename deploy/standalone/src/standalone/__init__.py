"""The whole of Commontime on one machine: PostgreSQL, Apache Kafka and the services on one port."""
