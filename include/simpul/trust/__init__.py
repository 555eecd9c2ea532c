"""Who may see what about whom, and how it is told (docs/runbooks/access.md)."""
