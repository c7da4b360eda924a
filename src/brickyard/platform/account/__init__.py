"""Accounts: who signs up, signs in, and pays."""
