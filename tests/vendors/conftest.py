"""Without the libraries there is nothing to compare with: `make test` passes by."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("pywa") else ["test_*.py"]
