"""``simpul evidence``: from a published figure to the rows, files, gates and people behind it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from simpul.cli.shared import AsJson, say, show_json, show_table

commands = typer.Typer()

_SHORT = 16  # of a hash, enough to compare by eye; --json and the page tell it whole


@commands.command()
def evidence(
    mart: Annotated[str, typer.Option(help="Published table, as docs/marts.md names it.")],
    where: Annotated[
        list[str],
        typer.Option(help='The row: "region_code=12.74 program_code=PKH …"; may be given several times.'),
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="Only what is behind this column of the row; may be given several times."),
    ] = None,
    release: Annotated[
        int | None, typer.Option(help="Number of a kept release; default: the one that is shown.")
    ] = None,
    role: Annotated[str, typer.Option(help="Whose rights the figure is read with.")] = "auditor",
    limit: Annotated[
        int, typer.Option(min=1, help="At most so many addresses, which are read again, and files.")
    ] = 50,
    out: Annotated[
        Path | None, typer.Option(help="Also write it as one page that needs no network, to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what stands behind a figure: rows in the delivered files, sender, gates, release. Nothing of it is personal:
    rows are told by their address, cells that tell of a person as •••.
    """
    from simpul.database import ensure_database
    from simpul.trust.evidence import asked_of, evidence_of

    ensure_database()
    asked = asked_of(mart, where, *(column or ()), release=release, role=role, limit=limit)
    found = evidence_of(asked, progress=say if sys.stderr.isatty() and not as_json else None)
    if out:
        from simpul.trust.evidence.page import page

        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page(found), encoding="utf-8")
    if as_json:
        show_json(found)
    else:
        _show(found)
    if out:
        say(f"written to {out}")


def _show(found: dict[str, Any]) -> None:
    _show_figure(found["figure"], found["release"])
    names = {file["file_id"]: file["name"] for file in found["files"]}
    for part in found["parts"]:
        _show_part(part, names)
    for file in found["files"]:
        _show_file(file)
    if found["more_files"]:
        say(f"{found['more_files']:,} berkas lagi / more files: --limit")
    _show_release(found["release"])


def _title(id_: str, en: str) -> None:
    typer.secho(f"\n{id_} / {en}", bold=True)


def _fact(id_: str, en: str, value: Any) -> None:
    if value not in (None, "", []):
        typer.echo(f"  {id_} / {en}: {value}")


def _show_figure(figure: dict[str, Any], release: dict[str, Any]) -> None:
    _title("Angka", "Figure")
    typer.echo(f"  {figure['audience']}.{figure['mart']}")
    column = figure["column"]
    if column:
        typer.secho(f"  {column} = {_value(figure['value'])}", fg=typer.colors.GREEN)
        typer.echo(f"    {figure['comments'][column]}")
        _fact("rumus", "formula", figure["formula"])
    cells = (f"{name}={_value(value)}" for name, value in figure["row"].items() if not name.startswith("_"))
    typer.echo("  " + "  ".join(cells))
    _fact("rilis", "release", f"{release['release_id']} ({release['label']}, {release['status']})")
    _show_notes(release["notes"])


def _show_part(part: dict[str, Any], names: dict[str, str]) -> None:
    _title(*reversed(part["title"]))
    _show_notes(part["notes"])
    for check in part["checks"]:
        if part["measure"] in (None, check["measure"]):
            _show_check(check)
    if part["is_none"]:
        return
    units = (
        f", {part['units']:,} orang atau keluarga / people or families" if part["units"] is not None else ""
    )
    typer.echo(f"  {part['total']:,} baris / rows{units}")
    shown = part["addresses"]
    if shown:
        heading = ("berkas / file", "lembar / sheet", "baris / row", "kolom / column", "", "arsip = raw")
        show_table(heading, [_line(address, names) for address in shown], right=(2,))
    if part["total"] > len(shown):
        say(f"{part['total'] - len(shown):,} baris lagi / more rows: --limit")


def _show_notes(notes: Sequence[tuple[str, str]]) -> None:
    for note in notes:
        typer.secho(f"  ! {note[1]}\n    {note[0]}", fg=typer.colors.YELLOW)


def _show_check(check: dict[str, Any]) -> None:
    difference = check["difference"]
    sure = {0: "✓", None: "–"}.get(difference, "✗")
    differs = "" if not difference else f", selisih / difference {_count(difference)}"
    typer.secho(
        f"  {sure} {check['measure']}: terbit / published {_count(check['published'])},"
        f" dihitung ulang / counted again {_count(check['counted'])}{differs}",
        fg=typer.colors.RED if difference else None,
    )


def _line(address: dict[str, Any], names: dict[str, str]) -> tuple[str, ...]:
    return (
        names.get(address["file_id"], address["file_id"]),
        address["sheet"] or "–",
        _value(address["row"]),
        address["column"] or "–",
        " ".join(
            filter(None, (address["unit"], " / ".join(reversed(address["told"] or ())), *_broken(address)))
        ),
        _same(address),
    )


def _broken(address: dict[str, Any]) -> Sequence[str]:
    return [f"{one['severity']}: {one['rule_code']}" for one in address["broke"]]


def _same(address: dict[str, Any]) -> str:
    """The cells that may be shown, and whether what was loaded is what the file holds."""
    mark = {True: "✓", False: "✗ berbeda / differs", None: "–"}[address["is_as_loaded"]]
    if address["is_as_published"] is False:
        mark += " ✗ bukan yang terbit / not what is published"
    cells = [f"{cell['heading']}: {cell['value']}" for cell in address["cells"] if cell["value"] != "•••"]
    hidden = f"{address['hidden']} × •••" if address["hidden"] else ""
    return f"{mark} {'; '.join(filter(None, (*cells[:4], hidden)))}".rstrip()


def _show_file(file: dict[str, Any]) -> None:
    from simpul.clock import told

    _title(f"Berkas {file['name']}", f"File {file['file_id']}")
    archived = file["archived"]
    state = (
        "utuh / unaltered" if archived["is_unaltered"]
        else "BERUBAH / ALTERED" if archived["is_there"] else "HILANG / GONE"
    )  # fmt: skip
    _fact("sha256", "of the bytes", file["sha256"])
    _fact("arsip", "archive", f"{archived['path']} ({state})")
    _fact(
        "instansi, kumpulan data",
        "agency, dataset",
        f"{file['agency']}, {file['dataset']} ({file['edition']})",
    )
    _fact("periode, wilayah", "period, region", f"{file['period'] or '–'}, {file['region_code'] or '–'}")
    _fact("diterima", "received", f"{told(file['received_at'])}; {file['status']}, {told(file['landed_at'])}")
    _fact(
        "pengirim, nomor surat", "sender, number of the letter", _pair(file["sender"], file["letter_number"])
    )
    _fact("surat", "letter", (file["letter"] or {}).get("name"))
    read, loaded, aside = (_count(file[f"rows_{name}"]) for name in ("read", "loaded", "quarantined"))
    _fact(
        "rekaman dibaca = masuk + dikarantina",
        "records read = loaded + set aside",
        f"{read} = {loaded} + {aside}",
    )
    _fact("menggantikan", "supersedes", ", ".join(file["supersedes"]))
    _fact("digantikan oleh", "superseded by", file["superseded_by"])
    contract = file["contract"]
    today = (
        "sama dengan sekarang / as today" if contract["is_of_today"] else "berubah sejak itu / changed since"
    )
    _fact("kontrak", "contract", f"{(contract['hash'] or '–')[:_SHORT]} ({today})")
    _fact("aturan yang dikecualikan kontrak", "rules that the contract waives", ", ".join(contract["waives"]))
    _show_rules(file["gates"])


def _pair(*values: str | None) -> str:
    return ", ".join(filter(None, values))


def _show_rules(rules: Sequence[dict[str, Any]]) -> None:
    passed = sum(rule["passed"] for rule in rules)
    _fact("aturan gerbang lolos", "rules of the gate passed", f"{passed} dari / of {len(rules)}")
    for rule in (rule for rule in rules if rule["waiver"]):
        typer.secho(f"    {rule['rule_code']}: {_waiver(rule['waiver'])}", fg=typer.colors.YELLOW)
    for rule in (rule for rule in rules if not rule["passed"]):
        typer.echo(
            f"    {rule['severity']} {rule['rule_code']}{_version(rule)}: {rule['failing']:,} dari / of"
            f" {rule['checked'] or 0:,}"
        )


def _version(rule: dict[str, Any]) -> str:
    """Which form of the rule was asked; of those asked before forms were kept, nothing."""
    return f" v{rule['version']} {rule['version_hash'][:_SHORT]}" if rule["version"] else ""


def _waiver(waiver: dict[str, Any]) -> str:
    return (
        f"dikecualikan / waived #{waiver['waiver_id']} s.d. / until {waiver['until']},"
        f" diminta / asked {waiver['asked_by']},"
        f" disetujui / approved {waiver['approved_by']}: {_pair(waiver['why_id'], waiver['why'])}"
    )


def _show_release(release: dict[str, Any]) -> None:
    from simpul.clock import told

    _title(f"Rilis {release['release_id']}", f"Release {release['release_id']}")
    _fact(
        "dibuka, terbit",
        "opened, published",
        f"{told(release['created_at'])}, {told(release['published_at'])}",
    )
    _fact("berkas bahan", "files it is made from", release["files"])
    if release["is_carried"]:
        _fact(
            "baris tabel ini disimpan oleh rilis",
            "rows of this table were stored by release",
            release["stored_in"],
        )
    code = (
        "sama dengan sekarang / as today"
        if release["is_code_of_today"]
        else "lain dari sekarang / not as today"
    )
    _fact(
        "hash bahan dan kode",
        "hash of files and code",
        f"{(release['inputs_hash'] or '–')[:_SHORT]} ({code})",
    )
    _fact("sidik tabel ini", "fingerprint of this table", (release["fingerprint"] or "")[:_SHORT])
    _show_rules(release["gates"])
    for event in release["events"]:
        whose = event["by"] or event["run"] or "–"
        said = _pair(event["why_id"], event["why"])
        typer.echo(
            f"  #{event['event_id']} {told(event['at'])} {event['kind']} {whose} {event['hash'][:_SHORT]}"
            + (f" “{said}”" if said else "")
        )
    whole = "utuh / whole" if release["is_ledger_whole"] else "PUTUS / BROKEN"
    _fact("rantai buku peristiwa", "chain of the ledger", whole)


def _value(value: Any) -> str:
    return "–" if value is None else str(value)


def _count(value: Any) -> str:
    """With signs between the thousands, as all that is counted here."""
    return f"{value:,}" if isinstance(value, int | Decimal) else _value(value)
