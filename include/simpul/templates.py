"""Contract → the forms that are given to agencies: XLSX and CSV with an invented example, ready to be filled.

Every example row says CONTOH in one of its cells, so no record of an agency is ever one of them, and landing can set
aside those that were left in a file (`simpul.landing.examples`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from simpul.contract import Column, Contract, Edition, FieldSpec, Text, load_contracts, load_fields
from simpul.errors import ContractBreach
from simpul.headings import match_headings
from simpul.period import coarsen

SHEET, GUIDE = "Data", "Petunjuk"
_PERIOD, _REGION = "2024-06", "12.74"  # of the examples, where no column says it
_BY_TYPE = {
    "code": "1",
    "integer": "1",
    "decimal": "1",
    "money": "600000",
    "date": "2024-06-11",
    "period": _PERIOD,
    "flag": "ya",
}
_NUMBERS = ("integer", "decimal", "money")
_GUIDE_HEAD = ("Kolom", "Wajib", "Arti", "Meaning", "Isian", "Contoh")
_GUIDE_NOTE = (
    "Isi lembar 'Data' mulai baris 2 sebagai ganti baris contoh. Urutan kolom bebas; kolom tambahan boleh.",
    "Fill the sheet 'Data' from row 2 on in place of the examples. Any order of columns; more columns may follow.",
)


@dataclass(frozen=True)
class Template:
    """A form: ``headings`` with the column and field behind each, ``rows`` of the example as text.

    A dataset whose workbooks and CSV files are layouts of their own has a form of each.
    """

    contract: Contract
    edition: Edition
    headings: tuple[str, ...]
    columns: tuple[Column, ...]
    fields: tuple[FieldSpec, ...]
    rows: tuple[tuple[str, ...], ...]
    letter: dict[str, str]  # what the cover letter must say, for no column does


def templates(datasets: Sequence[str] = ()) -> list[Template]:
    """The forms of ``datasets``, or all there are.

    Raises:
        ContractBreach: a dataset is unknown or has no form; or a heading of a form is none of its contract.
    """
    contracts = load_contracts()
    given_out = [name for name in sorted(contracts) if any(e.template for e in contracts[name].editions)]
    if unknown := [dataset for dataset in datasets if dataset not in given_out]:
        raise ContractBreach(
            f"no template for {', '.join(unknown)}", hint=f"there are templates for {', '.join(given_out)}"
        )
    return [
        _template(contracts[dataset], edition)
        for dataset in datasets or given_out
        for edition in contracts[dataset].editions
        if edition.template
    ]


def _template(contract: Contract, edition: Edition) -> Template:
    found = match_headings(contract, edition, edition.template)
    if found.unknown or not found.fits:
        raise ContractBreach(
            f"{contract.dataset}: its template is not of edition '{edition.name}'",
            hint=f"headings that it does not know: {', '.join(found.unknown.values()) or 'none'}",
        )
    by_name = {column.column: column for column in contract.columns}
    names = {position: name for name, position in found.columns.items()}
    columns = tuple(by_name[names[position]] for position in range(len(edition.template)))
    fields = tuple(load_fields()[column.field] for column in columns)
    values = [_examples(column, field) for column, field in zip(columns, fields, strict=True)]
    count = max(2, *map(len, values))
    return Template(
        contract=contract,
        edition=edition,
        headings=edition.template,
        columns=columns,
        fields=fields,
        rows=tuple(zip(*(islice(cycle(column), count) for column in values), strict=True)),
        letter=_letter(contract, {*found.columns, *found.given}),
    )


def _examples(column: Column, field: FieldSpec) -> tuple[str, ...]:
    return (
        column.examples
        or field.examples
        or field.values
        or (_BY_TYPE.get(field.type, f"contoh {field.name}"),)
    )


def example_rows(contract: Contract) -> list[dict[str, tuple[str, ...]]]:
    """The example rows of a contract's forms: column → spellings of its cell; none where the cell is blank."""
    if not any(edition.template for edition in contract.editions):
        return []
    rows = [
        {
            column.column: _spellings(text, field)
            for column, field, text in zip(form.columns, form.fields, row, strict=True)
        }
        for form in templates([contract.dataset])
        for row in form.rows
    ]
    return [row for position, row in enumerate(rows) if row not in rows[:position]]


def _spellings(text: str, field: FieldSpec) -> tuple[str, ...]:
    """As it stands in the CSV form, and as a workbook's number comes back, with either decimal mark."""
    if not text:
        return ()
    plain = str(_cell(text, field))
    return tuple(dict.fromkeys((text, plain, plain.replace(".", ",")) if field.type in _NUMBERS else (text,)))


def _letter(contract: Contract, told: set[str]) -> dict[str, str]:
    letter = {}
    period = contract.period
    if not told.intersection((period.column, *(period.columns_year_month or ()))):
        letter["period"] = coarsen(_PERIOD, period.form) or _PERIOD
    region = contract.region_code or next(iter(contract.region_columns), None)
    if contract.region_level != "nation" and region not in told:
        letter["region_code"] = _REGION
    return letter


# -------------------------------------------------------------------------------------------------------------- files
def write_templates(folder: Path, datasets: Sequence[str] = ()) -> list[Path]:
    """Write the forms as an inbox would hold them: ``<agency>/<dataset>.xlsx`` and ``.csv``, and the cover letter
    beside them where one is needed.

    Raises:
        ContractBreach: see `templates`.
    """
    written = []
    for template in templates(datasets):
        agency, name = template.contract.dataset.split(".")
        base = folder / agency / name
        base.parent.mkdir(parents=True, exist_ok=True)
        for kind, suffix, write in (("excel", ".xlsx", _write_workbook), ("csv", ".csv", _write_csv)):
            if kind in template.edition.format:
                write(base.with_suffix(suffix), template)
                written.append(base.with_suffix(suffix))
        if template.letter:
            lines = [f'{key}: "{value}"\n' for key, value in template.letter.items()]
            base.with_suffix(".yml").write_text("".join(lines), encoding="utf-8")
            written.append(base.with_suffix(".yml"))
    return written


def _write_csv(path: Path, template: Template) -> None:
    """As Excel in Indonesia saves it: ``;`` where the layout allows it, with a byte order mark."""
    delimiters = template.edition.delimiters
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if ";" in delimiters else delimiters[0])
        writer.writerows([template.headings, *template.rows])


def _write_workbook(path: Path, template: Template) -> None:
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    sheet.append(template.headings)
    for row in template.rows:
        sheet.append([_cell(text, field) for text, field in zip(row, template.fields, strict=True)])
    for number, field in enumerate(template.fields, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 24
        if (
            field.type not in _NUMBERS
        ):  # what is typed below the example stays as typed: a NIK keeps its digits
            sheet.column_dimensions[letter].number_format = "@"
            for cell in sheet[letter]:
                cell.number_format = "@"
    sheet.freeze_panes = "A2"
    guide = book.create_sheet(GUIDE)
    for line in _guide(template):
        guide.append(line)
    for number, width in enumerate((24, 8, 50, 50, 40, 24), start=1):
        guide.column_dimensions[get_column_letter(number)].width = width
    for cell in (*sheet[1], guide["A1"], *guide[5]):
        cell.font = Font(bold=True)
    book.save(path)


def _cell(text: str, field: FieldSpec) -> Any:
    """Numbers as numbers, everything else as text."""
    if field.type not in _NUMBERS or not text:
        return text or None
    plain = text.replace(",", ".")
    try:
        return int(plain) if plain.isdigit() else float(plain)
    except ValueError:
        return text


def _guide(template: Template) -> Iterator[Sequence[str]]:
    title: Text = template.contract.title
    yield (title.id,)
    yield (title.en,)
    yield (_GUIDE_NOTE[0],)
    yield (_GUIDE_NOTE[1],)
    yield _GUIDE_HEAD
    for position, (heading, column, field) in enumerate(
        zip(template.headings, template.columns, template.fields, strict=True)
    ):
        values = ", ".join(field.values or ()) or field.pattern or ""
        unit = f" ({field.unit})" if field.unit else ""
        example = next((row[position] for row in template.rows if row[position]), "")
        yield (
            heading, "ya" if column.required else "", field.title.id + unit, field.title.en + unit, values, example,
        )  # fmt: skip
