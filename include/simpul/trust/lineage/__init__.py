"""What was made from what, as OpenLineage events in files, for whoever runs a tool for lineage (ADR 0052)."""

from simpul.trust.lineage.keeping import sweep, tell_files, tell_release, write_again

__all__ = ["sweep", "tell_files", "tell_release", "write_again"]
