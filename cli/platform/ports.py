"""TCP ports on 127.0.0.1."""

import socket

from cli.platform.errors import PlatformFailed

HOST = "127.0.0.1"
BACKLOG = 2048


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def choose(remembered: int | None) -> int:
    """The port of last time if nobody took it, else any free one."""
    if remembered and is_free(remembered):
        return remembered
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def claim(wanted: int | None) -> socket.socket:
    """A listening socket at `wanted` if it is free, else at any port.

    Looking for a free port and leaving it to a child to take lets another platform of this
    machine take it in between; a socket that is handed over cannot be lost.
    """
    for port in (wanted or 0, 0):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((HOST, port))
            held.listen(BACKLOG)
        except OSError:
            held.close()
        else:
            return held
    raise PlatformFailed(f"no port of {HOST} is free.")


def answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
