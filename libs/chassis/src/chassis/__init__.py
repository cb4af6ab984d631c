"""One process of the system: what every service needs and no domain knows."""
