"""API keys: listed, made, revoked. One file each; called by the schema."""
