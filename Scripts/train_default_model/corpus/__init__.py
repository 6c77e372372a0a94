"""The facts, texts and phrasings from which `generate_corpus.py` composes the training documents."""
