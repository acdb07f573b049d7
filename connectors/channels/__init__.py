"""One file per vendor. They never import each other."""
