"""The building blocks: one file or folder each, all of the same shape, none aware of another."""
