"""Our connectors beside the libraries of vendors and others: by `make test-vendors`, in an environment of its own, never by `make test`."""
