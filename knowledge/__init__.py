"""The knowledge base: articles, languages, index, search, confidence, evaluation. Knows neither Rasa nor HTTP
servers."""
