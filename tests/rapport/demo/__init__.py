"""The demo's pure parts: its stories and its checks. The demo itself runs in tests/flows."""
