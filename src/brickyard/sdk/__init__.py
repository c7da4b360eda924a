"""The Python SDK: `Brickyard` and `AsyncBrickyard`, which `brickyard` offers by these names."""
