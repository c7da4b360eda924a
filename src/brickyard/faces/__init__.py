"""Pictures of the contracts: pure functions from a catalog to what people and programs read."""
