"""``simpul rules``: which rules the gates ask, who answers for them, and which forms they had."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from simpul.cli.shared import AsJson, say, show_json, show_table

app = typer.Typer(
    help="The register of rules: owner, basis, severity and versions of what the gates ask.",
    no_args_is_help=True,
)
commands = typer.Typer()
commands.add_typer(app, name="rules")

_SHORT = 12


@app.command("list")
def list_rules(
    scope: Annotated[
        str | None,
        typer.Argument(help="A dataset (dinsos.dtks), published table or programme; default: all."),
    ] = None,
    door: Annotated[str | None, typer.Option(help="landing, publication, finding or eligibility.")] = None,
    all_versions: Annotated[bool, typer.Option("--all", help="Also the forms that no longer stand.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the rules that stand, each with its version, owner and basis, and when it was last asked."""
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.gate import rules

    ensure_database()
    with connect(application_name="simpul rules") as conn:
        found = rules.listed(conn, door=door, scope=scope, all_versions=all_versions)
    if as_json:
        show_json(found)
        return
    if not found:
        say("no gate has asked such a rule yet")
        return
    rows = [
        (
            one["door"], f"{one['scope']}.{one['rule_code']}", one["severity"] or "–", str(one["version"]),
            told(one["first_seen_at"]), told(one["last_seen_at"]) if one["last_seen_at"] else "–",
            one["owner"] or "–", _basis(one),
        )
        for one in found
    ]  # fmt: skip
    show_table(("gate", "rule", "severity", "version", "since", "last asked", "owner", "basis"), rows)


@app.command()
def show(
    scope: Annotated[str, typer.Argument(help="A dataset (dinsos.dtks), published table or programme.")],
    rule: Annotated[str, typer.Argument(help="Code of the rule.")],
    as_json: AsJson = False,
) -> None:
    """Show every form that a rule has had: since when, by which code and under whom, and what changed."""
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.gate import rules

    ensure_database()
    with connect(application_name="simpul rules") as conn:
        found = rules.history(conn, scope, rule)
    if as_json:
        show_json(found)
        return
    newest = found[0]
    typer.echo(f"{newest['door']} {scope}.{rule} ({newest['severity'] or '–'})")
    typer.echo(f"  {newest['text_id']}\n  {newest['text_en']}")
    typer.echo(f"  {newest['owner'] or '–'}: {_basis(newest)}")
    for one in found:
        until = f" – {told(one['ended_at'])}" if one["ended_at"] else ""
        code = " ".join(filter(None, (one["package_version"], one["code_commit"])))
        typer.echo(
            f"  {one['version']} {one['version_hash'][:_SHORT]} {told(one['first_seen_at'])}{until}"
            f" · {one['first_subject']} · {one['first_by']} · {code}"
        )
        for name, (before, now) in one["changed"].items():
            typer.echo(f"      {name}: {before} → {now}")


def _basis(one: dict[str, Any]) -> str:
    from simpul.contract import HOUSE

    if one["basis"] in (None, HOUSE):
        return one["basis"] or "–"
    return f"{one['basis']}{'' if one['is_basis_read'] else ' (belum dibaca / not read)'}"
