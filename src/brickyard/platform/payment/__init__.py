"""Payments in: credit that is bought through a payment processor."""
