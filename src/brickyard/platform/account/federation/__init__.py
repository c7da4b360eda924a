"""Signing in with an identity at another provider: GitHub, Google, or any that speaks OpenID Connect."""
