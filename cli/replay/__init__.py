"""Rebuilding read models, and proving that history gives them and every figure again."""
