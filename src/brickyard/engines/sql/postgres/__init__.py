"""The SQL engine for when one machine is outgrown: PostgreSQL, which several gateways share."""
