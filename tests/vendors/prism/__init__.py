"""Prism between our connectors and a platform: what we ask is compared with the platform's own OpenAPI description.

Used by tests/vendors.
"""
