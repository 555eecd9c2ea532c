"""Predicates on a real PostgreSQL: they raise for no text at all, and they mean what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simpul import predicates
from simpul.contract import Contract, Edition, Rule, Text, load_contracts
from simpul.database import connect
from simpul.period import MONTH_NAMES
from tests.contracts import reference

CONTRACTS = load_contracts()
CASES = [
    pytest.param(contract, edition, id=f"{contract.dataset}-{edition.name}")
    for contract in CONTRACTS.values()
    for edition in contract.editions
]
WHY = Text(en="why", id="sebab")
BY_HAND = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# PostgreSQL stores neither NUL nor lone surrogates; the loader sees to that
ANY = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
DIGITS = st.text("0123456789", max_size=20)
NUMBERISH = st.text("0123456789.,+-eErR* pP", max_size=25)
DATEISH = st.builds(
    "{}{}{}{}{}{}".format,
    st.one_of(st.integers(0, 40), st.integers(1900, 2100), st.integers(0, 9999)),
    st.sampled_from(["-", "/", ".", " ", ""]),
    st.one_of(
        st.integers(0, 14), st.sampled_from(sorted(MONTH_NAMES)), st.sampled_from(["Agustus", "foo", "MEI"])
    ),
    st.sampled_from(["-", "/", ".", " ", ""]),
    st.one_of(st.integers(0, 40), st.integers(1900, 2100), st.sampled_from([1600, 1700, 2000, 2024, 2023])),
    st.sampled_from(["", " 0:00:00", " 00:00", "T23:59:59.9", " 12", "x"]),
)
MONEYISH = st.from_regex(r"\A(Rp\.? ?)?[0-9]{0,4}([.,][0-9]{0,4}){0,4}([.,]-{0,3})?\Z")
CELLS = st.one_of(
    st.none(),
    ANY,
    DIGITS,
    NUMBERISH,
    DATEISH,
    MONEYISH,
    st.sampled_from(
        ["-", "...", "\u00a0", "'", "%s", "{0}", "$1", "\\", "NaN", "Infinity", "1e999999", "PKH", "p0", "L"]
    ),
    st.builds(
        "{}{}{}".format,
        st.sampled_from([" ", "\u00a0", "\ufeff", "\t"]),
        DIGITS,
        st.sampled_from(["\n", "\u200b"]),
    ),
)


@pytest.fixture(scope="module")
def conn(warehouse: Any) -> Iterator[psycopg.Connection]:
    with connect(autocommit=True) as connection:
        connection.execute("set jit = off")
        yield connection


def judge(
    conn: psycopg.Connection, contract: Contract, edition: Edition, records: list[dict[str, str | None]]
) -> tuple[list[tuple[bool, ...]], list[tuple[bool, ...]]]:
    """Every rule on every record, straight and through prepared columns."""
    columns = ", ".join(f'"{name}" text' for name in contract.column_names)
    # one table per dataset and session: a new one for each example would cost more than the test
    table = f'pg_temp."load of {contract.table}"'
    conn.execute(
        f"create temp table if not exists {table[8:]} (_sheet text, _row bigint, _column text, {columns})"
    )
    conn.execute(f"delete from {table}")
    with conn.cursor().copy(f"copy {table} from stdin") as copy:
        for row, record in enumerate(records):
            copy.write_row((None, row, None, *(record.get(name) for name in contract.column_names)))

    def tests(*, prepared: bool) -> str:
        return ", ".join(
            predicates.sound_predicate(contract, edition, rule, prepared=prepared) for rule in contract.rules
        )

    straight = conn.execute(f"select {tests(prepared=False)} from {table} order by _row").fetchall()
    parts = predicates.prepared_columns(contract, edition).items()
    inner = ", ".join(f'{expression} as "{name}"' for name, expression in parts)
    prepared = conn.execute(
        f"select {tests(prepared=True)} from (select _row, {inner} from {table} offset 0) as s order by _row"
    ).fetchall()
    return straight, prepared


def examples(count: int) -> settings:
    return settings(BY_HAND, max_examples=count)


@pytest.mark.parametrize(("contract", "edition"), CASES)
def test_no_text_raises_and_both_forms_agree_with_plain_python(conn, contract, edition) -> None:
    """The wider a layout, the more texts each example holds and the longer it takes: fewer examples do."""
    count = max(6, min(40, 400 // len(contract.columns)))
    examples(count)(given(data=st.data())(agree))(conn, contract, edition)


@pytest.mark.proof
@pytest.mark.parametrize(("contract", "edition"), CASES)
def test_no_text_raises_proven(conn, contract, edition) -> None:
    examples(60)(given(data=st.data())(agree))(conn, contract, edition)


def agree(conn, contract, edition, data) -> None:
    records = data.draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(contract.column_names, CELLS)), min_size=1, max_size=6)
    )
    straight, prepared = judge(conn, contract, edition, records)
    assert straight == prepared
    for record, verdicts in zip(records, straight, strict=True):
        for rule, verdict in zip(contract.rules, verdicts, strict=True):
            assert verdict in (True, False)
            expected = reference.is_sound(record, edition, rule)
            assert expected is None or verdict is expected, rule.code


def value(conn: psycopg.Connection, expression: str, text: str) -> Any:
    literal = psycopg.sql.Literal(text).as_string(conn)
    row = conn.execute(f"select {expression.replace('_text_', f'({literal}::text)')}".encode()).fetchone()
    assert row
    return row[0]


@BY_HAND
@given(text=st.one_of(DATEISH, ANY))
@example(text="29/02/2000")
@example(text="29/02/1900")
@example(text="29 Februari 2023")
@example(text="31 Juni 1990")
@example(text="31-12-1990 0:00:00")
@example(text="17Agustus1945")
@example(text="01/01/0000")
def test_dates(conn, text: str) -> None:
    assert value(conn, predicates.date("_text_"), text) == reference.to_date(text)


def test_every_day_that_exists_and_no_other(conn) -> None:
    """All days 0..32 of all months 0..13 of leap, common and century years, in the three writings."""
    names = {number: name for name, number in reversed(MONTH_NAMES.items())}
    for year in (1900, 1999, 2000, 2023, 2024, 2100):
        texts = [
            text
            for month in range(14)
            for day in range(33)
            for text in (
                f"{day:02d}/{month:02d}/{year}",
                f"{year}-{month}-{day}",
                f"{day} {names.get(month, 'Foo')} {year}",
            )
        ]
        rows = conn.execute(
            f"select text, {predicates.date('text')} from unnest(%s::text[]) as t (text)".encode(), (texts,)
        ).fetchall()
        assert len(rows) == len(texts)
        for text, day in rows:
            assert day == reference.to_date(text), text


@BY_HAND
@given(text=st.one_of(MONEYISH, ANY))
@example(text="Rp 1.250.000,-")
@example(text="Rp600.000")
@example(text="600,000")
@example(text="600000.00")
@example(text="Rp. 600.000.-")
def test_money(conn, text: str) -> None:
    assert value(conn, predicates.money("_text_"), text) == reference.to_money(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Rp 600.000", 600000),
        ("600000", 600000),
        ("Rp600.000,-", 600000),
        ("rp. 1.250.000,00", 1250000),
        ("600000.5", Decimal("600000.5")),
        ("600,000", 600000),  # rupiah have no three decimals
        ("1,250,000.50", Decimal("1250000.50")),
        ("600.000,000", None),
        ("60.00.000", None),
        ("enam ratus ribu", None),
        ("-600000", None),
    ],
)
def test_money_as_written(conn, text: str, amount: Decimal | None) -> None:
    assert value(conn, predicates.money("_text_"), text) == amount


@BY_HAND
@given(
    text=st.one_of(NUMBERISH, ANY),
    marks=st.sampled_from([".", ",", ",.", ".,"]),
    flagged=st.booleans(),
)
@example(text="12.4*", marks=".", flagged=True)
@example(text="25.949.8", marks=".", flagged=False)
@example(text="1" * 30, marks=".", flagged=False)
@example(text="360.202", marks=",.", flagged=False)
@example(text="-1.360.202,5 r", marks=",.", flagged=True)
@example(text="7.11", marks=",.", flagged=False)
@example(text="1.3602", marks=",.", flagged=False)
@example(text="360,202", marks=",.", flagged=False)
def test_numbers(conn, text: str, marks: str, flagged: bool) -> None:
    """``marks``: the decimal mark, and the one between thousands where there may be one."""
    suffixes = ("e", "r", "*", "**") if flagged else ()
    decimal, thousands = marks[0], marks[1:] or None
    expression = predicates.number("_text_", decimal, suffixes, thousands)
    assert value(conn, expression, text) == reference.to_number(text, decimal, suffixes, thousands)


@pytest.mark.parametrize(
    "contract",
    [
        CONTRACTS["dinsos.dtks"],
        CONTRACTS["bps.poverty_regency"],
        CONTRACTS["dinsos.kks_payment"],
        CONTRACTS["dinsos.contribution"],
    ],
    ids=lambda contract: contract.dataset,
)
@BY_HAND
@given(data=st.data())
def test_duplicates_are_the_same_by_window_and_by_aggregate(conn, contract, data) -> None:
    edition = contract.editions[0]
    few = st.sampled_from([None, "", "-", "a", " a", "A", "b", "0"])
    records = data.draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(contract.column_names, few)), max_size=12)
    )
    straight, _ = judge(conn, contract, edition, records)
    for position, rule in enumerate(contract.rules):
        if predicates.is_window(rule):
            select = predicates.broken_sql(contract, edition, rule, f'pg_temp."load of {contract.table}"')
            broken = {row for row, verdicts in enumerate(straight) if not verdicts[position]}
            assert {row[1] for row in conn.execute(select.encode()).fetchall()} == broken


def test_a_blank_may_be_a_key_of_its_own(conn) -> None:
    contract = CONTRACTS["bps.poverty_province"]
    (rule,) = (rule for rule in contract.rules if rule.kind == "unique")
    one = {"wilayah": "Banten", "indikator": "p0", "daerah": "total", "bulan": "3", "nilai": "6.17"}
    records = [one, one, {**one, "tahun": "2022"}, {**one, "tahun": "2023"}, {**one, "bulan": None}]
    verdicts, _ = judge(conn, contract.model_copy(update={"rules": (rule,)}), contract.editions[0], records)
    assert verdicts == [(False,), (False,), (True,), (True,), (True,)]


def test_a_part_is_not_above_its_whole(conn) -> None:
    """`within`: of the same table, year and unit; nobody is told where no whole stands."""
    contract = CONTRACTS["bps.poverty_regency"]
    (rule,) = (rule for rule in contract.rules if rule.code == "poor_within_province")
    one = {"provinsi": "GORONTALO", "indikator": "poor_thousand", "tahun": "2017"}
    told = [
        ({"wilayah": "GORONTALO", "nilai": "205.37"}, True),
        ({"wilayah": "Gorontalo", "nilai": "70.5*"}, True),  # the regency, which is no whole of the others
        ({"wilayah": "Kota Gorontalo", "nilai": "11720"}, False),
        ({"wilayah": "Boalemo", "nilai": "-"}, True),
        ({"wilayah": "Pohuwato", "nilai": "71000", "tahun": "2018"}, True),  # of another year than the whole
        ({"wilayah": "Pohuwato", "nilai": "71000", "indikator": "poverty_line"}, True),
        ({"wilayah": "Medan", "nilai": "210.1", "provinsi": "SUMATERA UTARA"}, True),
    ]
    records = [{**one, **record} for record, _ in told]
    one_rule = contract.model_copy(update={"rules": (rule,)})
    assert judge(conn, one_rule, contract.editions[0], records)[0] == [(sound,) for _, sound in told]


def test_a_number_may_come_again_with_the_same_name_only(conn) -> None:
    """`differing`: however the name is written."""
    contract = CONTRACTS["dinsos.kks_payment"]
    (rule,) = (rule for rule in contract.rules if rule.differing == "nama")
    names = ["SITI AMINAH", "Siti  Aminah.", "SITI AMINAH", "BUDI", None]
    records = [{"nik": NIK, "nama": name} for name in names[:3]] + [
        {"nik": None, "nama": name} for name in names
    ]
    one_rule = contract.model_copy(update={"rules": (rule,)})
    assert judge(conn, one_rule, contract.editions[0], records)[0] == [(True,)] * 8
    records[2]["nama"] = "BUDI"
    assert judge(conn, one_rule, contract.editions[0], records)[0] == [(False,)] * 3 + [(True,)] * 5


FORMS = [
    (
        "contribution", "contribution_per_recipient",
        {"jenis": "KUR", "penerima": "120", "nominal_rp": "Rp 3.500.000.000"},
        [{"nominal_rp": "3500000000000"}, {"penerima": "3.000.000", "nominal_rp": "400000000"}],
    ),
    ("verval_budget", "budget_of_no_budget", {"dianggarkan": "ya", "anggaran_rp": "50000"}, [{"dianggarkan": "Tidak"}]),
    ("poverty_target", "target_ends_in_order", {"target_bawah": "4,5 %", "target_atas": "5"}, [{"target_atas": "4"}]),
    ("lp2kd_indicator", "reached_of_target", {"target": "0,14%", "realisasi": "1,53"}, [{"realisasi": "92%"}]),
    ("lp2kd_indicator", "reached_of_target", {"target": "98%", "realisasi": "97,32 %"}, [{"realisasi": "9732 %"}]),
    (
        "social_workforce", "jumlah_of_regency",
        {"kode_wilayah": "12.74", "jumlah": "1.030"}, [{"jumlah": "2400"}],
    ),
    ("social_workforce", "jumlah_of_regency", {"kode_wilayah": "12", "jumlah": "2400"}, []),
    (
        "payment_recap", "payout_money_adds_up",
        {
            "alokasi": "1.200", "alokasi_biaya": "720000000", "realisasi_biaya": "660000000", "gagal_bayar": "40",
            "sisa_biaya": "36000000",
        },
        [{"realisasi_biaya": "600000000"}, {"sisa_biaya": "96000000"}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("dataset", "code", "sound", "faults"), FORMS)
def test_what_a_form_cannot_say(conn, dataset: str, code: str, sound: dict, faults: list[dict]) -> None:
    contract = CONTRACTS[f"dinsos.{dataset}"]
    (rule,) = (rule for rule in contract.rules if rule.code == code)
    records = [sound, *({**sound, **fault} for fault in faults), {}]
    one_rule = contract.model_copy(update={"rules": (rule,)})
    assert judge(conn, one_rule, contract.editions[0], records)[0] == [
        (True,),
        *[(False,)] * len(faults),
        (True,),
    ]


def test_the_same_in_another_spelling_stands_twice(conn) -> None:
    contract = CONTRACTS["dinsos.tkpk_meeting"]
    (rule,) = (rule for rule in contract.rules if rule.code == "meeting_unique")
    agendas = ["Rakor II TKPK", "RAKOR  II - TKPK", "Rakor III TKPK", "–", "…"]
    records = [{"kode_wilayah": "12.74", "tanggal": "2024-07-16", "agenda": agenda} for agenda in agendas]
    records[1]["kode_wilayah"] = "1274"
    one_rule = contract.model_copy(update={"rules": (rule,)})
    assert judge(conn, one_rule, contract.editions[0], records)[0] == [(False,)] * 2 + [(True,)] * 3


NIK = "1274010203900001"  # 2 March 1990, a man; an invented number


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("nik_present", {"nik": None}),
        ("nik_present", {"nik": "0"}),
        ("nik_present", {"nik": "\u00a0"}),
        ("nik_scientific", {"nik": "3,67E+15"}),
        ("nik_scientific", {"nik": "1.40309411282e+15"}),
        ("nik_sixteen_digits", {"nik": NIK[:-1]}),
        ("nik_sixteen_digits", {"nik": NIK + "1"}),
        ("nik_sixteen_digits", {"nik": "'" + NIK}),
        ("nik_sixteen_digits", {"nik": NIK.replace("0", "O", 1)}),
        ("nik_not_no_kk", {"no_kk": NIK}),
        ("nik_province", {"nik": "0" + NIK[1:]}),
        ("nik_province", {"nik": "9" * 16}),
        ("nik_serial", {"nik": NIK[:-4] + "0000"}),
        ("nik_date_part", {"nik": "1274013002900001"}),
        ("nik_date_part", {"nik": "1274017202900001"}),
        ("nik_date_part", {"nik": "1274012902910001"}),
        ("nik_birth_date", {"tanggal_lahir": "03/03/1990"}),
        ("nik_sex", {"jenis_kelamin": "P"}),
        ("nik_sex", {"nik": "1274014203900001"}),
        ("tanggal_lahir_date", {"tanggal_lahir": "31-02-1990"}),
        ("tanggal_lahir_date", {"tanggal_lahir": "32874"}),
        ("nama_required", {"nama": "#REF!"}),
        ("nama_letters", {"nama": "12345"}),
        ("jenis_kelamin_known", {"jenis_kelamin": "X"}),
    ],
)
def test_faults_of_people_are_named(conn, code: str, changes: dict[str, str | None]) -> None:
    contract = CONTRACTS["dinsos.dtks"]
    sound = {
        "id_dtks": "1",
        "nik": NIK,
        "no_kk": "1274011205080003",
        "nama": "Invented Name",
        "tanggal_lahir": "02/03/1990",
        "jenis_kelamin": "L",
        "kabupaten": "KOTA TANJUNGBALAI",
        "desa": "SEI RAJA",
        "rt": "001",
        "rw": "2",
        "hubungan_keluarga": "Kepala Keluarga",
        "keterangan_padan": "Padan",
    }
    (good,), (bad,) = (
        judge(conn, contract, contract.editions[0], [record])[0] for record in (sound, sound | changes)
    )
    codes = [rule.code for rule in contract.rules]
    assert [code for code, verdict in zip(codes, good, strict=True) if not verdict] == []
    assert code in [code for code, verdict in zip(codes, bad, strict=True) if not verdict]


@pytest.mark.parametrize(
    "nik", ["1274016902000001", "1274012902000001", "1274017112990001", "9471010101010001"]
)
def test_niks_of_women_and_leap_days_are_sound(conn, nik: str) -> None:
    contract = CONTRACTS["bpjs.pbi_jk"]
    (verdicts,), _ = judge(conn, contract, contract.editions[0], [{"nik": nik}])
    broken = {rule.code for rule, verdict in zip(contract.rules, verdicts, strict=True) if not verdict}
    assert not {code for code in broken if code.startswith("nik_")}


@pytest.mark.parametrize(
    ("rule", "sound", "broken"),
    [
        (Rule(code="r", kind="in", column="nama", values=("Ya",), reason=WHY), "yA", "yes"),
        (Rule(code="r", kind="matches", column="nama", pattern="a|b", reason=WHY), "b", "ab"),
        (Rule(code="r", kind="matches", column="nama", pattern="A", ignore_case=True, reason=WHY), "a", "á"),
        (Rule(code="r", kind="number", column="nama", decimal=",", reason=WHY), "18,98", "18.98"),
        (Rule(code="r", kind="between", column="nama", minimum=0.5, reason=WHY), "0.5", "0.49"),
        (Rule(code="r", kind="date", column="nama", minimum=1900, reason=WHY), "1 Mei 1900", "31/12/1899"),
        (Rule(code="r", kind="sql", sql="{nama:number} > 3", reason=WHY), "4", "not a number"),
        (Rule(code="r", kind="sql", sql="{nama:date} > '2000-01-01'", reason=WHY), "2/1/2000", None),
        (Rule(code="r", kind="required", column="nama", missing=("n/a",), reason=WHY), "a", "N/A"),
        (
            Rule(code="r", kind="required", column="nama", when={"nik": ("x", "Y")}, reason=WHY),
            "a",
            None,
        ),
    ],
)
def test_kinds(conn, rule: Rule, sound: str, broken: str | None) -> None:
    contract = CONTRACTS["dinsos.kks_payment"].model_copy(update={"rules": (rule,)})
    records = [{"nama": sound, "nik": "y"}, {"nama": broken, "nik": "y"}]
    assert judge(conn, contract, contract.editions[0], records)[0] == [(True,), (False,)]


def test_every_pattern_of_the_dictionary_is_one_for_postgresql(conn) -> None:
    for contract in CONTRACTS.values():
        for rule in contract.rules:
            conn.execute("select '' ~ %s", (rule.pattern or "",))


LINES = [  # Rp per head and month, as BPS published them for the nation, towns and villages
    (1976, 2849), (1976, 4522), (1990, 13295), (1996, 27413), (1996, 42032), (1998, 72780), (1999, 92409),
    (2001, 80382), (2002, 130499), (2005, 117259), (2009, 179835), (2011, 165733), (2025, 1253343),
]  # fmt: skip
NO_LINES = [
    (1976, 505),
    (1996, 505),
    (2003, 10588),
    (2009, 17983),
    (2011, 16573),
    (2022, 505),
    (2025, 12533430),
]


def test_the_range_of_a_poverty_line_follows_the_year_at_both_doors(conn) -> None:
    from expectations.publication.fct_poverty import LINE_RANGE

    contract = CONTRACTS["bps.poverty_regency"]
    rule = next(rule for rule in contract.rules if rule.code == "poverty_line_range")
    sound = predicates.sound_predicate(contract, contract.editions[0], rule)
    conn.execute("create temp table line (indikator text, tahun text, nilai text)")
    conn.execute(
        "create temp table published (region_code text, year int, month int, area text, poverty_line_idr int)"
    )
    for year, line in LINES + NO_LINES:
        conn.execute("insert into line values ('poverty_line', %s, %s)", (str(year), str(line)))
        conn.execute("insert into published values ('00', %s, 3, 'total', %s)", (year, line))
    refused = conn.execute(f"select tahun::int, nilai::int from line where not {sound}").fetchall()
    assert sorted(refused) == sorted(NO_LINES)
    query = LINE_RANGE.query.format(batch="published")
    refused = conn.execute(f"select year, poverty_line_idr from published join ({query}) as b using (year)")
    assert {year for year, _ in refused} == {year for year, _ in NO_LINES}
    conn.execute("truncate line")  # a province table leaves the year to its name: it is of the last years
    conn.execute("insert into line values ('poverty_line', null, '99999'), ('poverty_line', null, '505')")
    assert conn.execute(f"select count(*) from line where not {sound}").fetchone() == (2,)
    conn.execute("drop table line, published")
