"""What members do before and beside a reply: drafts, canned replies, approval, beginnings, promises, notices, the ledger.

Called by the REST edge and the workers; runs in their transactions and sends nothing itself.
"""
