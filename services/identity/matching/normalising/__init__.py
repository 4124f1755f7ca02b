"""Values in the one form in which they are compared: addresses, numbers, handles, names, links, places. Pure; called by `matching`."""
