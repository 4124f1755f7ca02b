"""What: conversations, interactions, replies, channels, the ledger, as front-ends see them."""
