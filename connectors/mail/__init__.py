"""Mail itself: reading one, watching a mailbox, and ids that prove what an answer belongs to."""
