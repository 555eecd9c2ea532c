"""Contract → ``docs/data-dictionary``: what every dataset, layout, column and rule means, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simpul.contract import Contract, Edition, FieldSpec, Rule, Text
from simpul.render.sources import NOTICE

_PERSONAL = {
    "none": "none — bukan data pribadi",
    "general": "general — umum",
    "specific": "specific — spesifik",
}
_CADENCE = {
    "monthly": "monthly — bulanan",
    "quarterly": "quarterly — triwulanan",
    "semester": "every six months — semesteran",
    "yearly": "yearly — tahunan",
    "irregular": "irregular — tidak tetap",
}
_LEVEL = {
    "nation": "nation — nasional",
    "province": "province — provinsi",
    "regency": "regency or city — kabupaten/kota",
    "district": "district — kecamatan",
    "village": "village — desa/kelurahan",
}
_LETTER = Text.of("the cover letter — surat pengantar")
_PERIOD_SOURCE = {
    "content": Text.of("the records — isi catatan"),
    "file_name": Text.of("the file name — nama berkas"),
    "title": Text.of("the rows above the heading — judul di atas tabel"),
}
_SEVERITY = {
    "fail": "fail: the record is set aside — catatan disisihkan",
    "warn": "warn: counted and shown — dihitung",
}


def dictionary_pages(contracts: Iterable[Contract], fields: Mapping[str, FieldSpec]) -> dict[str, str]:
    """File name → page."""
    contracts = list(contracts)
    pages = {f"{contract.dataset}.md": _dataset_page(contract, fields) for contract in contracts}
    return {"index.md": _index(contracts), "fields.md": _fields_page(contracts, fields), **pages}


def _index(contracts: Iterable[Contract]) -> str:
    rows = (
        (
            f"[`{contract.dataset}`]({contract.dataset}.md)",
            _both(contract.title),
            contract.owner,
            _CADENCE[contract.cadence],
            _PERSONAL[contract.personal_data],
        )
        for contract in contracts
    )
    return _page(
        "Data dictionary — Kamus data",
        "What agencies deliver, as declared in `include/contracts`. Fields shared by datasets: [fields](fields.md).",
        "Apa yang dikirim instansi, sebagaimana dinyatakan dalam `include/contracts`. Ruas yang dipakai bersama: "
        "[fields](fields.md).",
        "Personal data: classes of UU PDP 27/2022 article 4 (`general`, `specific`).",
        "Data pribadi: golongan menurut UU PDP 27/2022 pasal 4 (umum, spesifik).",
        _table(
            (
                "dataset",
                "title — judul",
                "owner — pemilik",
                "cadence — frekuensi",
                "personal data — data pribadi",
            ),
            rows,
        ),
    )


def _fields_page(contracts: Iterable[Contract], fields: Mapping[str, FieldSpec]) -> str:
    used: dict[str, list[str]] = {}
    for contract in contracts:
        for column in contract.columns:
            if contract.dataset not in used.setdefault(column.field, []):
                used[column.field].append(contract.dataset)
    rows = (
        (
            f"`{name}`",
            _both(field.title),
            field.type,
            field.unit or "",
            ", ".join(f"`{value}`" for value in field.values or ())
            or (f"`{field.pattern}`" if field.pattern else ""),
            _PERSONAL[field.personal],
            ", ".join(f"[{dataset}]({dataset}.md)" for dataset in used.get(name, ())),
        )
        for name, field in sorted(fields.items())
    )
    return _page(
        "Fields — Ruas",
        "A field means the same in every dataset; a dataset may only narrow it.",
        "Satu ruas bermakna sama di semua dataset; dataset hanya boleh mempersempitnya.",
        _table(
            (
                "field — ruas",
                "title — judul",
                "type — tipe",
                "unit — satuan",
                "sound form — bentuk sah",
                "personal data — data pribadi",
                "datasets — dataset",
            ),
            rows,
        ),
    )


def _dataset_page(contract: Contract, fields: Mapping[str, FieldSpec]) -> str:
    period = contract.period
    sources = _period_sources(contract)
    told = _description(contract, sources)
    columns = " (`" + "`, `".join(filter(None, (period.column, *(period.columns_year_month or ())))) + "`)"
    facts = (
        ("owner — pemilik", contract.owner),
        ("raw table — tabel mentah", f"`raw.{contract.table}`"),
        ("grain — satuan catatan", _both(contract.grain)),
        ("cadence — frekuensi", _CADENCE[contract.cadence]),
        ("delivered per — dikirim per", _LEVEL[contract.region_level]),
        (
            "period from — periode dari",
            "; ".join(map(_both, sources)) + (columns if "content" in period.sources else ""),
        ),
        (
            "a new delivery replaces the old of the same — kiriman baru menggantikan yang lama pada",
            ", ".join(_slice(contract)),
        ),
        ("key of a record — kunci catatan", ", ".join(f"`{name}`" for name in contract.key)),
        ("personal data — data pribadi", _PERSONAL[contract.personal_data]),
        ("kept, `simpul retention` — disimpan", _kept(contract)),
        ("on the ground of — atas dasar", _both(contract.retention.ground)),
        *(
            (
                f"form, `simpul templates {contract.dataset}` — templat",
                ", ".join(f"`{text}`" for text in edition.template),
            )
            for edition in contract.editions
            if edition.template
        ),
    )
    return _page(
        f"`{contract.dataset}` · {_both(contract.title)}",
        told.en,
        told.id,
        _table(("", ""), facts),
        "## Layouts — Tata letak",
        _table(
            (
                "edition",
                "what it is — keterangan",
                "format",
                "heading rows — baris judul",
                "decimal — desimal",
            ),
            (_edition(edition) for edition in contract.editions),
        ),
        "## Columns — Kolom",
        _table(
            (
                "column — kolom",
                "title — judul",
                "headings — judul di berkas",
                "type — tipe",
                "personal data — data pribadi",
            ),
            (_column(contract, fields, position) for position in range(len(contract.columns))),
        ),
        "## Rules of the landing gate — Aturan gerbang masuk",
        "\n".join(f"- {text}" for text in _SEVERITY.values()),
        _table(
            ("rule — aturan", "column — kolom", "severity", "storey — tingkat", "reason — alasan"),
            (_rule(rule) for rule in contract.rules),
        ),
    )


def _period_sources(contract: Contract) -> list[Text]:
    return [_LETTER, *(_PERIOD_SOURCE[source] for source in contract.period.sources)]


def _description(contract: Contract, sources: list[Text]) -> Text:
    """What the contract says of the dataset, and where the period stands that its records do not name."""
    if "content" in contract.period.sources:
        return contract.description
    en = ", else of ".join(one.en for one in sources)
    id_ = "; jika tidak ada, dari ".join(one.id for one in sources)
    return Text(
        en=f"{contract.description.en} The records carry no period of their own: it is that of {en}.",
        id=f"{contract.description.id} Catatannya tidak memuat periode: periodenya diambil dari {id_}.",
    )


def _kept(contract: Contract) -> str:
    told = (
        ("rows — baris", contract.retention.rows_months),
        ("delivered files — berkas kiriman", contract.retention.files_months),
        ("releases — rilis", contract.retention.releases_months),
    )
    return "; ".join(f"{what}: {f'{n} months — bulan' if n else 'for good — selamanya'}" for what, n in told)


def _slice(contract: Contract) -> Iterable[str]:
    words = {
        "period": "period — periode",
        "region": "region — wilayah",
        "file_name": "file name and folder — nama berkas dan folder",
    }
    for part in contract.slice:
        yield words.get(part) or ", ".join(f"`{name}`" for name in contract.slice_columns)


def _edition(edition: Edition) -> tuple[str, ...]:
    return (
        f"`{edition.name}`",
        _both(edition.title) if edition.title else "",
        ", ".join(edition.format),
        str(edition.header_rows),
        f"`{edition.decimal}`",
    )


def _column(contract: Contract, fields: Mapping[str, FieldSpec], position: int) -> tuple[str, ...]:
    column = contract.columns[position]
    field = fields[column.field]
    met = [column.header, *column.aliases]
    for edition in contract.editions:
        met += [alias for alias in edition.aliases.get(column.column, ()) if alias not in met]
    title = _both(field.title) + (f" ({field.unit})" if field.unit else "")
    note = f"<br>{_both(column.note)}" if column.note else ""
    return (
        f"`{column.column}`" + ("\u00a0*" if column.required else ""),
        title + note,
        ", ".join(f"`{text}`" for text in met),
        field.type,
        _PERSONAL[column.personal or field.personal],
    )


def _rule(rule: Rule) -> tuple[str, ...]:
    about = (rule.column,) if rule.column else rule.columns or rule.mentions
    held = rule.hold_above_percent
    hold = (
        f"<br>holds the file above {held:g} % — menahan berkas di atas {held:g} %" if held is not None else ""
    )
    told = (
        f"<br>told of above {rule.tolerates_percent:g} % only — hanya bila di atas {rule.tolerates_percent:g} %"
        if rule.tolerates_percent is not None
        else ""
    )
    when = "".join(
        f"<br>only where `{name}` is — hanya bila `{name}` bernilai "
        + ", ".join(f"`{value}`" for value in values)
        for name, values in rule.when.items()
    )
    return (
        f"`{rule.code}`",
        ", ".join(f"`{name}`" for name in about),
        rule.severity,
        rule.dimension,
        _both(rule.reason) + when + told + hold,
    )


def _both(text: Text) -> str:
    return f"{text.en} — {text.id}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_line(head), _line(("---",) * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _page(title: str, *blocks: str) -> str:
    return f"<!-- {NOTICE} -->\n# {title}\n\n" + "\n\n".join(blocks) + "\n"
