"""Helpdesks at the wire: servers on loopback that check what we ask of them, as the vendors' own pages document it."""
