"""``simpul retention``: what is kept beyond its time, and its removal."""

from __future__ import annotations

from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

commands = typer.Typer()


@commands.command()
def retention(
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove what is due and no longer needed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --remove: only say what would go.")
    ] = False,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is kept for longer than its contract says: rows, delivered files, releases, and persons.

    Persons are those of whom nothing speaks any more. Nothing goes by itself.
    """
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.trust import retention as kept

    ensure_database()
    if remove:
        found = kept.remove(decided(why, why_id, is_needed=not dry_run), dry_run=dry_run)
    else:
        with connect(application_name="simpul retention") as conn:
            found = kept.due(conn)
    if as_json:
        show_json([one.as_dict() for one in found])
        return
    if not found:
        say("nothing is kept beyond its time" if not remove else "nothing is ready to be removed")
        return
    rows = [
        (one.dataset, one.kind, one.subject, told(one.since), " · ".join(one.blocked or ("–",)))
        for one in found
    ]
    show_table(("dataset", "what", "which", "due since", "not yet, because"), rows)
    if remove:
        say(f"{len(found)} {'would be' if dry_run else 'were'} removed")
