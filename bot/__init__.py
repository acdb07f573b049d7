"""What runs inside Rasa: pipeline components, the answer generator, the tracker store and the channel."""
