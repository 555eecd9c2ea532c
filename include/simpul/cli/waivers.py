"""``simpul waivers``: rules that for a while only warn, because two people say so."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

app = typer.Typer(
    help="Rules that for a while only warn: one person asks, another approves.", no_args_is_help=True
)
commands = typer.Typer()
commands.add_typer(app, name="waivers")

Number = Annotated[int, typer.Argument(help="Number of the waiver, from `simpul waivers list`.")]


@app.command("list")
def list_waivers(as_json: AsJson = False) -> None:
    """List all waivers, newest first: what is waived, until when, who asked, who approved, and why."""
    from simpul.database import connect, ensure_database
    from simpul.gate import waivers

    ensure_database()
    with connect(application_name="simpul waivers") as conn:
        found = waivers.listed(conn)
    if as_json:
        show_json(found)
        return
    if not found:
        say("no rule was ever waived")
        return
    rows = [
        (
            str(one["waiver_id"]),
            one["status"],
            f"{one['scope']}.{one['rule_code']}",
            one["region_code"] or "–",
            str(one["until"]),
            one["asked_by"],
            one["approved_by"] or "–",
            one["why_id"] or one["why"],
        )
        for one in found
    ]
    show_table(("no", "status", "rule", "region", "until", "asked by", "approved by", "reason"), rows)


@app.command()
def ask(
    scope: Annotated[str, typer.Argument(help="A dataset (dinsos.dtks) or a published table (fct_poverty).")],
    rule: Annotated[str, typer.Argument(help="Code of the fail-rule.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day on which it is to hold.")],
    region: Annotated[str | None, typer.Option(help="Only files of this region, 12.74.")] = None,
    why: Why = None,
    why_id: WhyId = None,
) -> None:
    """Ask for a waiver. It holds once another person has approved it."""
    from simpul.database import connect, ensure_database
    from simpul.gate import waivers

    decision = decided(why, why_id)
    ensure_database()
    with connect(application_name="simpul waivers") as conn:
        number = waivers.ask(conn, scope, rule, until.date(), decision, region_code=region)
    say(f"waiver {number} is asked for; somebody else has to say `simpul waivers approve {number}`")


@app.command()
def approve(number: Number, why: Why = None, why_id: WhyId = None) -> None:
    """Approve what another person asked for. It holds for what is judged from now on."""
    from simpul.database import connect, ensure_database
    from simpul.gate import waivers

    decision = decided(why, why_id, is_needed=False)
    ensure_database()
    with connect(application_name="simpul waivers") as conn:
        waivers.approve(conn, number, decision)
    say(f"waiver {number} is in force")


@app.command()
def end(number: Number, why: Why = None, why_id: WhyId = None) -> None:
    """End a waiver before its time, or turn down one that was asked for."""
    from simpul.database import connect, ensure_database
    from simpul.gate import waivers

    decision = decided(why, why_id)
    ensure_database()
    with connect(application_name="simpul waivers") as conn:
        waivers.end(conn, number, decision)
    say(f"waiver {number} is over")
