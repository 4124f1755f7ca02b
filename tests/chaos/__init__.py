"""`make chaos`: the whole product under load while its processes and servers die; the simulated platforms' ledger is the oracle."""
