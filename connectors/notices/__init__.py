"""Group chats that are told. One file per vendor; they never import each other."""
