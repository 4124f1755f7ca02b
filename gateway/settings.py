"""What the gateway is told from outside; read once in `main`."""

from services.kit.settings import ProcessSettings


class GatewaySettings(ProcessSettings):
    """What every process is told, and nothing else."""
