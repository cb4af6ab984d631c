"""How every connection to PostgreSQL is made: nothing may wait for ever."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Patience:
    """Upper bounds in milliseconds; 0 means none. The names are PostgreSQL's settings."""

    statement_timeout: int = 10_000
    lock_timeout: int = 5_000
    idle_in_transaction_session_timeout: int = 15_000


ORDINARY = Patience()


def connection_arguments(name: str, patience: Patience = ORDINARY) -> dict[str, str | int]:
    """Keyword arguments for `psycopg.connect` and pools, beside the URL.

    `name` is what pg_stat_activity shows. A vanished server is noticed within about ten
    seconds, even where no packet comes back.
    """
    options = " ".join(f"-c {setting}={value}" for setting, value in asdict(patience).items())
    return {
        "application_name": name,
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "options": options,
    }
