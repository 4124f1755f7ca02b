"""The public port: ours share it, strangers are noticed."""

import pytest

from rapport.errors import PortTakenError
from rapport.listening import public_socket, refuse_taken_port


def test_our_processes_listen_on_one_port_and_another_deployment_is_told_so() -> None:
    with public_socket("127.0.0.1", 0) as first:
        port: int = first.getsockname()[1]
        first.listen()
        with public_socket("127.0.0.1", port) as second:
            second.listen()
            with pytest.raises(PortTakenError, match=f"127.0.0.1:{port} .*--port"):
                refuse_taken_port("127.0.0.1", port)
    refuse_taken_port("127.0.0.1", port)


def test_an_address_that_is_not_ours_says_so() -> None:
    with pytest.raises(PortTakenError, match=r"cannot listen on 192\.0\.2\.1:8080 .*--host"):
        refuse_taken_port("192.0.2.1", 8080)
