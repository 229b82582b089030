"""A second step of signing in, and signing in with another service: only there if the settings ask for it."""
