"""The `db` service: schemaless JSON records in named tables."""
