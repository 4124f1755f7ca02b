"""Erasing people: the mutation that asks for it, and the certificate. One file each; called by the schema."""
