"""What a pool of database connections shows to Prometheus, asked when scraped."""

from prometheus_client import CollectorRegistry, Gauge

from chassis.database import Pool


def show_pool(pool: Pool, registry: CollectorRegistry) -> None:
    """One pool for each registry: nothing says which it is."""

    def figure(name: str) -> int:
        return pool.get_stats().get(name, 0)

    def busy() -> int:
        return figure("pool_size") - figure("pool_available")

    connections = Gauge(
        "commontime_database_pool_connections",
        "Connections of the pool, those being opened among the busy ones",
        ["state"],
        registry=registry,
    )
    connections.labels("idle").set_function(lambda: figure("pool_available"))
    connections.labels("busy").set_function(busy)
    Gauge(
        "commontime_database_pool_waiting",
        "Those who wait for a connection of the pool",
        registry=registry,
    ).set_function(lambda: figure("requests_waiting"))
