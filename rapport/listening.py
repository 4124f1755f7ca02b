"""The public port. Several of our processes listen there, each on a socket of its own: the kernel deals the connections out.

Called by `serving` in each of them, and by `deployment` before any is started.
"""

import os
import socket

from rapport.errors import PortTakenError


def public_socket(host: str, port: int, *, shared: bool = True) -> socket.socket:
    """Bound, not yet listening. Raises OSError; for a `shared` one only where a stranger has the port."""
    public = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        public.bind((host, port))
    except OSError:
        public.close()
        raise
    return public


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTakenError where anybody listens, another deployment of the same account too, which could share the port by mistake."""
    try:
        public_socket(host, port, shared=False).close()
    except OSError as error:
        raise PortTakenError(host, port, reason=os.strerror(error.errno or 0)) from error
