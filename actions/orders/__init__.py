"""Where orders come from: a protocol, and the sources that fulfil it."""
