"""Other people's helpdesks, really installed, which tests start on free ports of this machine."""
