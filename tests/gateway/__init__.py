"""Tests of the gateway, mirroring its tree. Services are replaced at the port, the bus at its event source; nothing is patched."""
