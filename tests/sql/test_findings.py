"""A small city whose truth is known: for every rule somebody it finds and somebody it must not, to the rupiah.

Everybody is invented. The city's registry is of January 2024, and of May; Sembako (Rp 200,000 a month) was paid for
a quarter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from simpul import database
from simpul.settings import Settings
from tests.sql.conftest import build_candidate, load_files

pytestmark = pytest.mark.slow

PLACE = {"provinsi": "SUMATERA UTARA", "kabupaten": "KOTA TANJUNGBALAI", "kecamatan": "DATUK BANDAR"}
ASAHAN = {"provinsi": "SUMATERA UTARA", "kabupaten": "KABUPATEN ASAHAN", "kecamatan": "AIR JOMAN"}
# name → family card; who shares a card is a family. The order gives everybody a birth date and a NIK.
FAMILY = {
    "AMAT SIREGAR": 1, "BADRI NASUTION": 2, "CICIH MARPAUNG": 3, "CAHYONO MARPAUNG": 3, "DODO SIMBOLON": 4,
    "DEWANTI RITONGA": 4, "EKO PANJAITAN": 5, "FAJRI HUTABARAT": 6, "FITRIANI TANJUNG": 6, "HADIYAN POHAN": 8,
    "INDAH GULTOM": 9, "JOKO PRASETYO": 10, "KARTIKA LUBIS": 11, "LINGGA SARAGIH": 12, "MAMAT HARAHAP": 13,
    "NINGSIH BUTARBUTAR": 14, "OPIK SITUMORANG": 15, "PUTRA MANURUNG": 16, "QORIAH DAULAY": 17, "RUDIANTO SILABAN": 18,
    "SARINAH TAMPUBOLON": 19, "UMAR HASIBUAN": 20, "VINCENT PURBA": 21, "WATI SINAGA": 22, "YANUAR BATUBARA": 23,
    "ZAKARIA RANGKUTI": 24, "ZAHARA PULUNGAN": 24, "ASEPTIAN MATONDANG": 25, "BELLA SIAHAAN": 26, "CITRA PARDEDE": 27,
    "COKRO PARDEDE": 27, "DIDIK PAKPAHAN": 28, "EVITA SIMATUPANG": 29, "GATOT MUNTHE": 30, "XAVERIUS DAMANIK": 31,
    "IRFAN LIMBONG": 32, "IPAH LIMBONG": 32, "LASMI TURNIP": 33, "MARTUA SAGALA": 34, "NURMALA SITORUS": 35,
    "OLOAN GINTING": 36, "ONDANG GINTING": 36, "PONIRAN SIBARANI": 37, "NOVRIZAL NAIBAHO": 38,
    "RATNA SIPAYUNG": 39, "SAHAT BARUS": 40, "TOGAR SINURAT": 41, "UCOK TARIGAN": 42,
}  # fmt: skip
NUMBER = {name: number for number, name in enumerate(FAMILY, 11)}
NOT_LISTED = {"JOKO PRASETYO", "LINGGA SARAGIH", "MAMAT HARAHAP", "XAVERIUS DAMANIK"}


def nik(name: str) -> str:
    """A sound one: all are men of different years."""
    return f"12740115{NUMBER[name] % 12 + 1:02d}{NUMBER[name] + 40:02d}7{NUMBER[name]:03d}"


def listed(name: str, **more: str) -> dict[str, str]:
    """A row of DTKS."""
    number = NUMBER[name]
    return {
        "id_dtks": str(number), "nik": nik(name), "no_kk": f"127401010110{FAMILY[name]:04d}", "nama": name,
        "tanggal_lahir": f"15-{number % 12 + 1:02d}-19{number + 40:02d}", "jenis_kelamin": "L",
        "alamat": f"JL. TERATAI {number}", **PLACE, **more,
    }  # fmt: skip


def paid(name: str, amount: str = "Rp 600.000", what: str = "SEMBAKO", **more: str) -> dict[str, str]:
    """A row of the bank; everybody has one card."""
    return {
        "nik": nik(name), "nama": name, "no_kks": f"601399{NUMBER[name]:010d}", "jenis_bansos": what,
        "nominal": amount, "tahap_salur": "Tahap 2 Tahun 2024", **more,
    }  # fmt: skip


def insured(name: str, **more: str) -> dict[str, str]:
    return {"psnoka_bpjs": f"{NUMBER[name]:013d}", "nik": nik(name), "nama": name, **more}


def visited(name: str, day: str, found: str, due: str = "") -> dict[str, str]:
    """A row of the officers."""
    return {
        "registri": "DTKS", "id_sumber": f"{NUMBER[name]}", "nik": nik(name), "nama": name, "tanggal_verval": day,
        "hasil": found, "kelayakan": due,
    }  # fmt: skip


FILES = {
    "dinsos.dtks": {
        "dtks": ("2024-01", "12.74", [listed(name) for name in FAMILY if name not in NOT_LISTED]),
        # who was cleaned out or has moved is in it no more, whom an officer struck off in April is in it again
        "dtks-may": ("2024-05", "12.74", [
            listed(name) for name in FAMILY
            if name not in NOT_LISTED | {"SARINAH TAMPUBOLON", "PUTRA MANURUNG"}
        ]),
        # Putra was listed there later than here, Qoriah at the same time, Rudianto before
        "asahan-2023": ("2023-06", "12.09", [listed("RUDIANTO SILABAN", **ASAHAN)]),
        "asahan-january": ("2024-01", "12.09", [listed("QORIAH DAULAY", **ASAHAN)]),
        "asahan-april": ("2024-04", "12.09", [listed("PUTRA MANURUNG", **ASAHAN)]),
        "cleaning": ("2024-03", "12.74", [
            listed("SARINAH TAMPUBOLON", jenis_daftar="pembersihan", keterangan_tambahan="NONAKTIF"),
            listed("GATOT MUNTHE", jenis_daftar="pembersihan", keterangan_tambahan="CLEAN"),
        ]),
    },
    "dinsos.verval_result": {
        "visits-2023": ("2023-05", "12.74", [
            visited("DIDIK PAKPAHAN", "2023-05-01", "meninggal"),
            visited("CICIH MARPAUNG", "2023-05-02", "meninggal"),
            visited("PONIRAN SIBARANI", "2023-05-03", "meninggal"),
        ]),
        "visits": ("2024-06", "12.74", [
            visited("AMAT SIREGAR", "2024-05-10", "meninggal"),
            visited("BADRI NASUTION", "2024-06-05", "meninggal"),
            visited("DODO SIMBOLON", "2024-04-15", "meninggal"),
            visited("EKO PANJAITAN", "2024-05-02", "meninggal"),
            visited("FAJRI HUTABARAT", "2024-04-10", "meninggal"),
            visited("FITRIANI TANJUNG", "2024-05-10", "meninggal"),
            visited("NINGSIH BUTARBUTAR", "2024-04-20", "pindah"),
            visited("UMAR HASIBUAN", "2024-05-11", "ditemukan", "tidak layak"),
            visited("HADIYAN POHAN", "2024-05-11", "tidak ditemukan"),
            visited("KARTIKA LUBIS", "2024-04-11", "ditemukan", "layak"),
            visited("NOVRIZAL NAIBAHO", "2024-04-12", "ditemukan", "tidak layak"),
        ]),
        "visits-april": ("2024-04", "12.74", [
            visited("OPIK SITUMORANG", "2024-04-20", "pindah"),
            # who was reported dead is met, and is too well off; the registry has him again in May
            visited("PONIRAN SIBARANI", "2024-04-21", "ditemukan", "tidak layak"),
        ]),
        "visits-may": ("2024-05", "12.74", [visited("OPIK SITUMORANG", "2024-05-25", "ditemukan", "layak")]),
    },
    "dinsos.kks_payment": {
        "kks": ("2024-Q2", "12.74", [
            paid("CICIH MARPAUNG"),
            paid("DEWANTI RITONGA"),  # the card of her late husband is hers now
            paid("EKO PANJAITAN"),
            paid("FAJRI HUTABARAT"),
            paid("GATOT MUNTHE", nik=""),
            paid("HADIYAN POHAN"),
            paid("INDAH GULTOM"),
            paid("JOKO PRASETYO", nik=nik("INDAH GULTOM")),
            paid("KARTIKA LUBIS", nik=f"'{nik('KARTIKA LUBIS')}"),  # an apostrophe does not spoil it
            paid("LINGGA SARAGIH"),
            paid("NINGSIH BUTARBUTAR"),
            paid("OPIK SITUMORANG"),
            paid("SARINAH TAMPUBOLON"),
            paid("UMAR HASIBUAN"),
            paid("ZAKARIA RANGKUTI"),
            paid("ZAHARA PULUNGAN", "Rp 450.000"),
            paid("ASEPTIAN MATONDANG"),
            paid("ASEPTIAN MATONDANG", "Rp 590.000"),
            paid("BELLA SIAHAAN"),
            paid("BELLA SIAHAAN", "Rp 750.000", "PKH"),  # another programme
            paid("CITRA PARDEDE", "Rp 1.350.000", "PKH + SEMBAKO"),
            paid("COKRO PARDEDE"),
            paid("DIDIK PAKPAHAN"),
            paid("EVITA SIMATUPANG"),
            paid("IPAH LIMBONG"),
            # three instalments of what is due; and four, of which one is too much
            *(paid("LASMI TURNIP", "Rp 200.000") for _ in range(3)),
            *(paid("MARTUA SAGALA", "Rp 200.000") for _ in range(4)),
            paid("NOVRIZAL NAIBAHO"),
            # a card replaced after the first of three instalments; two cards of one family, an instalment too many
            paid("NURMALA SITORUS", "Rp 200.000"),
            paid("NURMALA SITORUS", "Rp 400.000", no_kks="6013990000009999"),
            paid("OLOAN GINTING", "Rp 400.000"),
            paid("ONDANG GINTING", "Rp 400.000"),
            paid("PONIRAN SIBARANI"),
            paid("RATNA SIPAYUNG"),
            paid("SAHAT BARUS"),
            paid("TOGAR SINURAT"),
            paid("UCOK TARIGAN"),
        ]),
        # nobody's registry speaks about Medan, and none of the city's about 2023
        "medan": ("2024-Q2", "12.71", [paid("MAMAT HARAHAP")]),
        "last-year": ("2023-Q4", "12.74", [
            paid("DIDIK PAKPAHAN", tahap_salur="Tahap 4 Tahun 2023"),
            # since then her number was repaired
            paid("EVITA SIMATUPANG", tahap_salur="Tahap 4 Tahun 2023", nik=nik("EVITA SIMATUPANG")[:-1]),
            # her card of both years is for a family that lives: nothing that was found is paid again
            paid("CICIH MARPAUNG", tahap_salur="Tahap 4 Tahun 2023"),
        ]),
    },
    "dinsos.program_recipient": {
        # what the bank paid is told once more
        "recipients": ("2024-06", "12.74", [
            {"nik": nik("BELLA SIAHAAN"), "nama": "BELLA SIAHAAN", "program": "BPNT", "nominal": "200000"},
            # the family's benefit, under the name of the husband
            {"nik": nik("IRFAN LIMBONG"), "nama": "IRFAN LIMBONG", "program": "BPNT", "nominal": "200000"},
        ]),
    },
    "bpjs.pbi_jk": {
        "state-may": ("2024-05", "12.74", [insured("YANUAR BATUBARA", keterangan="AKTIF", **PLACE)]),
        "state": ("2024-06", "12.74", [
            insured(name, keterangan="AKTIF", **PLACE)
            for name in ("AMAT SIREGAR", "BADRI NASUTION", "KARTIKA LUBIS", "VINCENT PURBA", "WATI SINAGA")
        ]),
        # the insurance knows him there too, in the same month as the registry; it is no registry
        "asahan-insured": ("2024-04", "12.09", [insured("PUTRA MANURUNG", keterangan="NON AKTIF", **ASAHAN)]),
    },
    "bpjs.pbi_apbd": {
        # the region pays for whom it likes (Xaverius is on no list)
        "region": ("2024-06", "12.74", [
            insured(name, segmen="APBD")
            for name in ("WATI SINAGA", "YANUAR BATUBARA", "PUTRA MANURUNG", "QORIAH DAULAY", "RUDIANTO SILABAN",
                         "XAVERIUS DAMANIK")
        ]),
    },
    "bpjs.member": {
        "member": ("2024-06", "12.74", [
            insured("VINCENT PURBA", segmen="PBI JAMINAN KESEHATAN", status_peserta="NON AKTIF"),
            insured("WATI SINAGA", segmen="PBI JAMINAN KESEHATAN", status_peserta="AKTIF"),
            # since May he works for himself; she has left the service; the region may insure whom it likes
            insured("TOGAR SINURAT", segmen="PEKERJA MANDIRI", status_peserta="AKTIF"),
            insured("UCOK TARIGAN", segmen="PPPK", status_peserta="NON AKTIF"),
            insured("RUDIANTO SILABAN", segmen="PNS DAERAH", status_peserta="AKTIF"),
        ]),
        "member-april": ("2024-04", "12.74", [
            insured("RATNA SIPAYUNG", segmen="PNS DAERAH", status_peserta="AKTIF", tmt="2024-05-01"),
            insured("TOGAR SINURAT", segmen="PRAJURIT AD", status_peserta="AKTIF"),
        ]),
        # a year and more ago; and within the year
        "member-2022": ("2022-12", "12.74", [insured("LINGGA SARAGIH", segmen="PPPK", status_peserta="AKTIF")]),
        "member-2023": ("2023-07", "12.74", [
            insured("SAHAT BARUS", segmen="PEGAWAI SWASTA", status_peserta="AKTIF"),
        ]),
    },
}  # fmt: skip

APRIL, MAY, JUNE = ("2024-04", "2024-05", "2024-06")
# rule, name, programme, first and last month, rupiah
TRUTH = {
    ("DECEASED", "AMAT SIREGAR", "PBI_JK", JUNE, JUNE, 42_000),
    ("DECEASED", "EKO PANJAITAN", "SEMBAKO", JUNE, JUNE, 200_000),
    # the widow held on for a month; it was hers
    ("CARD_HOLDER_DECEASED", "FAJRI HUTABARAT", "SEMBAKO", MAY, MAY, 0),
    ("DECEASED", "FAJRI HUTABARAT", "SEMBAKO", JUNE, JUNE, 200_000),
    ("CARD_HOLDER_DECEASED", "CICIH MARPAUNG", "SEMBAKO", "2023-10", "2023-12", 0),
    ("CARD_HOLDER_DECEASED", "CICIH MARPAUNG", "SEMBAKO", APRIL, JUNE, 0),
    ("NIK_MISSING", "GATOT MUNTHE", "SEMBAKO", APRIL, JUNE, 600_000),
    ("NOT_FOUND", "HADIYAN POHAN", "SEMBAKO", JUNE, JUNE, 200_000),
    ("NIK_SHARED", "INDAH GULTOM", "SEMBAKO", APRIL, JUNE, 600_000),
    ("NIK_SHARED", "JOKO PRASETYO", "SEMBAKO", APRIL, JUNE, 600_000),
    ("NOT_IN_REGISTRY", "JOKO PRASETYO", "SEMBAKO", APRIL, JUNE, 600_000),
    ("NOT_IN_REGISTRY", "LINGGA SARAGIH", "SEMBAKO", APRIL, JUNE, 600_000),
    ("MOVED_AWAY", "NINGSIH BUTARBUTAR", "SEMBAKO", MAY, JUNE, 400_000),
    ("MOVED_AWAY", "OPIK SITUMORANG", "SEMBAKO", MAY, MAY, 200_000),
    ("MOVED_AWAY", "PUTRA MANURUNG", "PBI_APBD", JUNE, JUNE, 42_000),
    ("INACTIVE", "SARINAH TAMPUBOLON", "SEMBAKO", APRIL, JUNE, 600_000),
    ("INACTIVE", "UMAR HASIBUAN", "SEMBAKO", JUNE, JUNE, 200_000),
    ("INACTIVE", "VINCENT PURBA", "PBI_JK", JUNE, JUNE, 42_000),
    ("PBI_TWICE_FUNDED", "WATI SINAGA", "PBI_APBD", JUNE, JUNE, 42_000),
    ("PAID_TWICE", "ZAHARA PULUNGAN", "SEMBAKO", APRIL, JUNE, 450_000),
    ("PAID_TWICE", "ASEPTIAN MATONDANG", "SEMBAKO", APRIL, JUNE, 590_000),
    ("PAID_TWICE", "COKRO PARDEDE", "SEMBAKO", APRIL, JUNE, 600_000),
    ("PAID_TWICE", "MARTUA SAGALA", "SEMBAKO", APRIL, JUNE, 200_000),
    ("PAID_TWICE", "ONDANG GINTING", "SEMBAKO", APRIL, JUNE, 200_000),
    ("DECEASED", "DIDIK PAKPAHAN", "SEMBAKO", "2023-10", "2023-12", 600_000),
    ("DECEASED", "DIDIK PAKPAHAN", "SEMBAKO", APRIL, JUNE, 600_000),
    ("PAID_AGAIN", "DIDIK PAKPAHAN", "SEMBAKO", APRIL, JUNE, 600_000),
    ("NIK_INVALID", "EVITA SIMATUPANG", "SEMBAKO", "2023-10", "2023-12", 600_000),
    ("PUBLIC_EMPLOYEE", "RATNA SIPAYUNG", "SEMBAKO", MAY, JUNE, 400_000),
    ("PUBLIC_EMPLOYEE", "TOGAR SINURAT", "SEMBAKO", APRIL, MAY, 400_000),
    ("WAGE_EARNER", "SAHAT BARUS", "SEMBAKO", APRIL, JUNE, 0),
}


@pytest.fixture(scope="module")
def built(cloned_ready, tmp_path_factory) -> Iterator[Settings]:
    with cloned_ready(tmp_path_factory.mktemp("findings")) as settings:
        with database.connect() as connection:
            load_files(connection, FILES)
        build_candidate()
        yield settings


@pytest.fixture
def ask(built) -> Callable[[str], list[tuple]]:
    def answer(query: str) -> list[tuple]:
        with database.connect() as connection:
            return connection.execute(query).fetchall()

    return answer


def test_every_planted_finding_is_found_with_its_rupiah_and_nothing_else(ask):
    found = ask(
        "select rule_code, name, program_code, min(period), max(period), sum(amount_at_risk_idr)::int"
        " from candidate.worklist_finding group by rule_code, name, program_code, left(period, 4)"
    )
    assert set(found) == TRUTH and len(found) == len(TRUTH)


def test_the_report_is_the_sum_of_its_rows(ask):
    assert (
        ask(
            "select rule_code, period, records, people, amount_at_risk_idr from candidate.rpt_finding"
            " where region_code = '12.74'"
            " except all select rule_code, period, count(distinct (file_id, sheet, row)), count(distinct person_id),"
            " sum(amount_at_risk_idr) from candidate.rpt_finding_row where region_code like '12.74%' group by 1, 2"
        )
        == []
    )
    expected: dict[str, int] = {}
    for rule, _, _, _, _, idr in TRUTH:
        expected[rule] = expected.get(rule, 0) + idr
    for region in ("00", "12", "12.74"):
        assert (
            dict(
                ask(
                    "select rule_code, sum(amount_at_risk_idr)::int from candidate.rpt_finding"
                    f" where region_code = '{region}' group by 1"
                )
            )
            == expected
        ), region
    assert dict(
        ask("select rule_code, string_agg(distinct amount_basis, ' ') from candidate.rpt_finding group by 1")
    ) == dict.fromkeys(expected, "paid") | {
        "DECEASED": "mixed paid", "MOVED_AWAY": "mixed paid", "INACTIVE": "mixed paid", "PBI_TWICE_FUNDED": "expected",
        "CARD_HOLDER_DECEASED": "none", "WAGE_EARNER": "none",
    }  # fmt: skip


def test_programmes_add_up_to_what_the_rule_finds(ask):
    measures = "sum(amount_at_risk_idr), sum(added_amount_idr)"
    keys = "rule_code, region_code, period"
    of_all = f"select {keys}, {measures} from candidate.rpt_finding group by {keys}"
    of_each = f"select {keys}, {measures} from candidate.rpt_finding_program group by {keys}"
    assert ask(of_all)
    assert ask(f"({of_all} except {of_each}) union all ({of_each} except {of_all})") == []
    assert ask(
        "select count(*) from candidate.rpt_finding_program where region_code = '12.74' and program_code is null"
    ) == [(0,)]


def test_over_all_rules_a_rupiah_counts_once(ask):
    """Joko stands under two rules, Didik's payments of 2024 under two."""
    whole = sum(idr for *_, idr in TRUTH) - 600_000 - 600_000
    assert ask("select sum(added_amount_idr)::int from candidate.rpt_finding where region_code = '00'") == [
        (whole,)
    ]
    assert ask(
        "select sum(idr)::int from (select max(amount_at_risk_idr) as idr from candidate.rpt_finding_row"
        " group by file_id, sheet, row, program_code, period) as payment"
    ) == [(whole,)]


def test_a_finding_leads_to_its_row_and_to_the_row_that_says_why(ask):
    rows = dict(
        ask(
            "select w.name || ' ' || rule_code,"
            " array[file_id, row::text, f.evidence_file_id, f.evidence_row::text]"
            " from candidate.rpt_finding_row f join candidate.worklist_finding w"
            " using (rule_code, file_id, row, program_code, period)"
        )
    )
    assert rows["AMAT SIREGAR DECEASED"] == ["state", "2", "visits", "2"]
    assert rows["ZAHARA PULUNGAN PAID_TWICE"] == ["kks", "17", "kks", "16"]
    assert rows["ASEPTIAN MATONDANG PAID_TWICE"] == ["kks", "19", None, None], "the second of the card's two"
    assert rows["SARINAH TAMPUBOLON INACTIVE"] == ["kks", "14", "cleaning", "2"]
    assert rows["VINCENT PURBA INACTIVE"] == ["state", "5", "member", "2"]
    assert rows["PUTRA MANURUNG MOVED_AWAY"] == ["region", "4", "asahan-april", "2"]
    assert rows["WATI SINAGA PBI_TWICE_FUNDED"] == ["region", "2", "state", "6"]
    assert rows["DIDIK PAKPAHAN PAID_AGAIN"] == ["kks", "24", "last-year", "2"]
    assert rows["LINGGA SARAGIH NOT_IN_REGISTRY"] == ["kks", "11", None, None]
    assert rows["SAHAT BARUS WAGE_EARNER"][2:] == ["member-2023", "2"]
    assert rows["INDAH GULTOM NIK_SHARED"] == ["kks", "8", "kks", "9"]


def test_who_is_dead_is_said_alike_everywhere(ask):
    """Since the month of the visit, not of the file that tells it; and nobody whom an officer met later."""
    said = ask(
        "select name, reported_deceased_in::text, deceased_since::text, is_deceased, is_reported_deceased"
        " from candidate.person join candidate.dim_beneficiary using (person_id)"
        " where is_deceased or is_reported_deceased"
    )
    assert {(name, month, month, True, True) for name, month, *_ in said} == set(said)
    assert {name: month for name, month, *_ in said} == {
        "AMAT SIREGAR": "2024-05-01", "BADRI NASUTION": "2024-06-01", "CICIH MARPAUNG": "2023-05-01",
        "DODO SIMBOLON": "2024-04-01", "EKO PANJAITAN": "2024-05-01", "FAJRI HUTABARAT": "2024-04-01",
        "FITRIANI TANJUNG": "2024-05-01", "DIDIK PAKPAHAN": "2023-05-01",
    }  # fmt: skip


def test_what_is_paid_is_what_enrolment_says(ask):
    """No rupiah is lost or doubled between the two ways of counting payments."""
    for column in ("amount_idr", "combined_amount_idr"):
        assert ask(f"select sum({column}) > 0 from candidate.fct_program_enrollment") == [(True,)]
    assert ask(
        "select (select sum(amount_idr) from intermediate.int_payment where amount_basis = 'paid')"
        " = (select sum(coalesce(amount_idr, 0) + coalesce(combined_amount_idr, 0))"
        " from candidate.fct_program_enrollment)"
    ) == [(True,)]
