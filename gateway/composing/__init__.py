"""Writing: drafts, canned replies, approval, beginnings, promises, hours, presence, translation."""
