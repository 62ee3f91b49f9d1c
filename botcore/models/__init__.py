"""Which models there are, where they come from, and how they are kept and run.

torch is imported only when a model is loaded.
"""
