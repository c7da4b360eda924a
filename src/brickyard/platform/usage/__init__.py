"""Usage: a record of every call, kept before the call is answered, and what can be read out of them."""
