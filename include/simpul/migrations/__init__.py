"""The warehouse's own schemas over time. A new form is a new file ``versions/<number>_<what>.py``; old ones never change."""
