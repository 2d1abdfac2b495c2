"""What a process is told by its environment (`MERIT_*`)."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICE_ROLE = "merit_service"


class Settings(BaseSettings):
    """Where the servers are, and what this installation calls its databases and topics."""

    model_config = SettingsConfigDict(env_prefix="MERIT_", frozen=True)

    postgres: str = "postgresql://postgres@127.0.0.1:5432"
    kafka: str = "127.0.0.1:9092"
    prefix: str = "merit"
    home: Path = Path(".merit")
    host: str = "127.0.0.1"
    port: int = 0
    listen_fd: int | None = None  # a socket that already listens at `port`, inherited
    admins: tuple[str, str] = ("admin-1", "admin-2")
    pool_size: int = 12
    pool_wait_s: float = 10.0
    idle_in_transaction_s: float = 60.0  # after that PostgreSQL ends the session
    replication: int = 1
    default_partitions: int = 12
    capture_partitions: int = 24
    capture_services: tuple[str, ...] = ("feedback",)

    def database(self, service: str) -> str:
        return f"{self.prefix}_{service}"

    def dsn(self, database: str) -> str:
        """The address of one database on the PostgreSQL server."""
        return urlunsplit(urlsplit(self.postgres)._replace(path=f"/{database}"))

    def partitions(self, service: str) -> int:
        """Fixed when the topic is made; what is captured in bursts gets more."""
        burst = service in self.capture_services
        return self.capture_partitions if burst else self.default_partitions

    def topic(self, service: str) -> str:
        return f"{self.prefix}.{service}.events"

    @property
    def seal_topic(self) -> str:
        """Of all services, in one partition."""
        return f"{self.prefix}.seals"
