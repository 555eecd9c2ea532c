"""The kit of faults: it plants what it says, the same for the same seed, and the doors catch it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from bench.proofs import keep
from expectations.landing_checks import delivery_checks
from expectations.publication import checks, told_marts
from sample import write_sample
from simpul import pipeline
from simpul.contract import load_contracts
from simpul.faults import KINDS, Kind, Outcome, attempt, columns, forms, parts, plant
from simpul.faults.good import Good
from simpul.faults.kinds import is_nik
from simpul.faults.plant import deliveries, plant_all
from simpul.readers.reasons import RECORD_REASONS
from simpul.settings import Settings
from tests.conftest import Clone, Kept

PLAUSIBLE = [kind for kind in KINDS.values() if kind.plausible]
LANDING = [kind for kind in KINDS.values() if kind.door == "landing" and not kind.plausible]
CUT = LANDING[::8]  # each lands a file and what stands before it: all of them take ten minutes on two cores
WHOLE = 5  # faults of each kind in the full proof
LEAST = {"critical": 1.0, "all": 0.95}

FORMS = {
    "Anggaran verval 2024": [
        "kode_wilayah;nama_wilayah;tahun;registri;dianggarkan;anggaran_rp;terlaksana",
        "12.74;Kota Tanjungbalai;2024;DTKS;ya;Rp 250.000.000;ya",
        "12.09;Asahan;2024;DTKS;ya;Rp 475.000.000;ya",
        "12.05;Langkat;2024;DTKS;tidak;;tidak",
    ],
    "Rakor TKPK 2024": [
        "kode_wilayah;tanggal;tingkat;agenda",
        *(f"12.74;2024-{month}-05;kabupaten/kota;Rakor {n} TKPK" for n, month in (("I", "03"), ("II", "07"))),
    ],
    "Target RPJMD Tanjungbalai": [
        "kode_wilayah;nama_wilayah;tahun;indikator;target_bawah;target_atas;dokumen",
        *(
            f"12.74;Kota Tanjungbalai;{year};Persentase penduduk miskin;{low};{high};RPJMD"
            for year, low, high in ((2024, "10,5", "11,2"), (2025, "9,8", "10,6"), (2026, "9,1", "10"))
        ),
    ],
    "LP2KD Tanjungbalai 2024": [
        "NO;URAIAN;TARGET 2024;REALISASI 2024;PELAKSANA",
        "1;Persentase kepesertaan BPJS;95%;83,32 %;BPJS",
        "2;Persentase sanitasi layak;87%;81,31%;Dinas Contoh",
    ],
    "Kontribusi 2024": [
        "kode_wilayah;tahun;jenis;pemberi;penerima;nominal_rp",
        "12.74;2024;KUR;Bank Contoh Cabang Satu;120;Rp 3.500.000.000",
        "12.74;2024;CSR;BUMN Contoh;45;150000000",
    ],
    "PSKS Tanjungbalai 2024": [
        "kode_wilayah;nama_wilayah;tahun;jenis;jumlah",
        "12.74;Kota Tanjungbalai;2024;Pendamping PKH;24",
        "12.74;Kota Tanjungbalai;2024;Tagana;30",
    ],
    "rekap pos Tahap 1 2024": [
        "nopen,kantor,kab_kota,alokasi_kmp,alokasi_jml_uang,nama_sufix,alokasi,alokasi_biaya,realisasi,realisasi_biaya,"
        "gagal_bayar_tolak,sisa_aktif,sisa_biaya",
        "20000,KP CONTOH A,KOTA TANJUNG BALAI,1200,720000000,tahap1,1200,720000000,1100,660000000,40,60,36000000",
        "20002,KP CONTOH C,KAB. ASAHAN,700,420000000,tahap1,700,420000000,650,390000000,0,50,30000000",
        "20001,KP CONTOH B,KAB. ASAHAN,900,540000000,tahap1,900,540000000,800,480000000,0,100,60000000",
        ",TOTAL,,2800,1680000000,,2800,1680000000,2550,1530000000,40,210,126000000",
    ],
}  # fmt: skip
LETTERS = {
    "LP2KD Tanjungbalai 2024": "region_code: '12.74'\n",
    "rekap pos Tahap 1 2024": "program: Sembako\n",
}
VISITS = "registri,id_sumber,nik,nama,tanggal_verval,hasil,kelayakan"
# invented: about a sixth of P0
DEPTHS = [
    (3601, "KABUPATEN PANDEGLANG", 1.71), (3602, "KABUPATEN LEBAK", 1.66), (3603, "KABUPATEN TANGERANG", 1.21),
    (3604, "KABUPATEN SERANG", 0.79), (3671, "KOTA TANGERANG", 0.95), (3672, "KOTA CILEGON", 0.69),
    (3673, "KOTA SERANG", 1.02), (3674, "KOTA TANGERANG SELATAN", 0.41),
]  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city's deliveries, with those of the months after."""
    folder = tmp_path_factory.mktemp("good")
    write_sample(folder, people=300, seed=7, later=folder)
    # the sample has no registry with deciles
    rows = [
        f"12740101010{n // 4:05d},12740117089{n:05d},CONTOH {'ABCDEFGHIJ'[n % 10]},1990-08-17,35,{n // 4 % 10 + 1}"
        for n in range(1, 60)
    ]
    registry = folder / "dinsos" / "desil Triwulan II 2025.csv"
    registry.write_text(
        "\n".join(["nomor_kk,nik,nama,tanggal_lahir,usia,desil", *rows]) + "\n", encoding="utf-8"
    )
    registry.with_name(f"{registry.name}.yml").write_text("region_code: '12.74'\n", encoding="utf-8")
    # nor a programme of people of an age
    rows = [
        f"KLJ,2025-06,31750117085{n:05d},CONTOH {'ABCDEFGHIJ'[n % 10]},1950-08-17,L,300000,Aktif"
        for n in range(1, 40)
    ]
    elderly = folder / "dinsos" / "Penerima KLJ 2025-06.csv"
    heading = "program,periode,nik,nama,tanggal_lahir,jenis_kelamin,nominal,status"
    elderly.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    elderly.with_name(f"{elderly.name}.yml").write_text("region_code: '31.75'\n", encoding="utf-8")
    # nor counts of the poor whose unit stands beside them: P0 of 2021 times the inhabitants of 2020, about
    poor = {"PANDEGLANG": 136_412, "LEBAK": 142_667, "TANGERANG": 231_073, "SERANG": 89_051}
    portal = [
        "id,kode_provinsi,nama_provinsi,kode_kabupaten_kota,nama_kabupaten_kota,jumlah_penduduk_miskin,satuan,tahun",
        *(
            f"{n},36,BANTEN,{3600 + n},KABUPATEN {name},{count},JIWA,2021"
            for n, (name, count) in enumerate(poor.items(), 1)
        ),
    ]
    path = folder / "bps" / "portal penduduk miskin Banten.csv"
    path.write_text("\n".join(portal) + "\n", encoding="utf-8")
    # nor P1: a sixth of P0, about
    portal = [
        "id,kode_provinsi,nama_provinsi,kode_kabupaten_kota,nama_kabupaten_kota,indeks_kedalaman_kemiskinan,satuan,tahun",
        *(f"{n},36,BANTEN,{code},{name},{p1},POIN,2021" for n, (code, name, p1) in enumerate(DEPTHS, 1)),
    ]
    path = folder / "bps" / "portal kedalaman Banten.csv"
    path.write_text("\n".join(portal) + "\n", encoding="utf-8")
    # nor what officers found
    listed = Good.open(folder / "dinsos" / "DTKS Kota Tanjungbalai Juni 2024.csv")
    wanted = [listed.position(field) for field in ("id_dtks", "nik", "nama")]
    rows = [
        f"DTKS,{number},{nik},{name},2024-07-11,ditemukan,layak"
        for number, nik, name in ([listed.text(row, n or 0) for n in wanted] for row in listed.records[:60])
        if is_nik(nik)
    ]
    visits = folder / "dinsos" / "Hasil verval 2024-07.csv"
    visits.write_text("\n".join([VISITS, *rows]) + "\n", encoding="utf-8")
    visits.with_name(f"{visits.name}.yml").write_text("region_code: '12.74'\n", encoding="utf-8")
    # nor forms
    for name, lines in FORMS.items():
        (folder / "dinsos" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, said in LETTERS.items():
        (folder / "dinsos" / f"{name}.csv.yml").write_text(said, encoding="utf-8")
    return folder


def test_every_kind_can_be_planted_and_the_same_seed_plants_the_same(good):
    sources = deliveries(good)
    for kind in KINDS.values():
        planted = plant(sources, kind, seed=3)
        assert planted is not None, f"no delivery of the sample can have {kind.code}"
        again = plant(sources, kind, seed=3)
        assert again is not None and planted.places == again.places and planted.name == again.name
        if not planted.name.endswith(".xlsx"):  # a workbook names the moment it was written
            assert planted.content == again.content
        assert (
            planted.content != planted.source.read_bytes()
            or planted.name != planted.source.name
            or planted.letter
        )


def test_what_a_kind_expects_is_a_rule_that_there_is():
    rules = {rule.code for contract in load_contracts().values() for rule in contract.rules} | set(
        RECORD_REASONS
    )
    rules |= {check.code for contract in load_contracts().values() for check in delivery_checks(contract)}
    rules |= {check.code for mart in told_marts() for check in checks(mart)} | {"held"}
    assert {rule for kind in KINDS.values() for rule in kind.rules} <= rules
    assert all(kind.rules for kind in KINDS.values() if not kind.plausible)


def test_no_fault_is_planted_twice_however_many_seeds(good):
    kinds = [KINDS["percent_as_share"], KINDS["nik_lost_digit"]]
    planted = list(plant_all(deliveries(good), kinds, range(40)))
    assert {one.kind.code for one in planted} == {kind.code for kind in kinds}
    assert len({one.content for one in planted}) == len(planted) < 2 * 40


def test_a_planted_cell_is_the_only_one_that_differs(good):
    for code in ("nik_lost_digit", "amount_negative", "birth_impossible"):
        planted = plant(deliveries(good), KINDS[code], seed=1)
        assert planted is not None
        before = Good.open(planted.source)
        after_path = planted.write(good.parent / f"faulty {code}")
        after = Good.open(after_path)
        [place] = planted.places
        differing = [
            (row + 1, before.layout.headings[n])
            for row in range(len(before.rows))
            for n in range(len(before.rows[row]))
            if before.text(row, n) != after.text(row, n)
        ]
        assert differing == [(place.row, place.column)]


@pytest.fixture(scope="module")
def _landed(good, cloned_warehouse: Clone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Kept]:
    """Where a home lies, and a warehouse in which all sound deliveries have landed."""
    folder = tmp_path_factory.mktemp("sound")
    kept = Kept("simpul_sound", folder / "kept")
    with cloned_warehouse(folder, keep=kept) as settings:
        _dropped(good, settings)
        assert {one["status"] for one in pipeline.land_inbox()} <= {"landed", "superseded", "duplicate"}
    return folder, kept


@pytest.fixture
def sound(_landed, cloned_warehouse: Clone) -> Iterator[Path]:
    """The inbox of a warehouse of its own in which all of it has landed."""
    folder, kept = _landed
    with cloned_warehouse(folder, start=kept) as settings:
        yield settings.inbox


def _dropped(good: Path, settings: Settings) -> Path:
    shutil.copytree(good, settings.inbox, dirs_exist_ok=True)
    return settings.inbox


def _told_of(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Plausible kind → how many of it were caught, and by what."""
    told = {}
    for code in dict.fromkeys(one.kind.code for one in outcomes if one.kind.plausible):
        of = [one for one in outcomes if one.kind.code == code]
        rules = sorted({rule for one in of for rule in one.told})
        told[code] = f"{sum(one.is_caught for one in of)} of {len(of)}{': ' * bool(rules)}{', '.join(rules)}"
    return told


def _measure(
    folder: Path, kinds: Sequence[Kind], seeds: range
) -> tuple[dict[str, float], list[str], dict[str, str]]:
    """Share caught of the critical and of all; what passed unnoticed; what became of the plausible ones, apart."""
    every = list(attempt(folder, kinds, seeds))
    assert {one.kind.code for one in every} == {kind.code for kind in kinds}
    outcomes = [one for one in every if not one.kind.plausible]
    shares = {
        name: sum(one.is_caught for one in of) / len(of)
        for name, of in (
            ("critical", [o for o in outcomes if o.kind.critical]),
            ("all", outcomes),
            ("with these", every),
        )
        if of
    }
    by_others = [f"{one.kind.code}: {one.told}" for one in every if one.is_noticed and not one.is_caught]
    assert not by_others, "noticed by chance, under another rule's name:\n" + "\n".join(by_others)
    missed = [
        f"{one.kind.code} in {one.planted.source.name} at {one.planted.places}"
        for one in outcomes
        if not one.is_caught
    ]
    return shares, missed, _told_of(every)


@pytest.mark.slow
def test_the_landing_gate_catches_an_eighth_of_the_kinds(sound):
    """All of them, at both doors, five times: `test_both_doors_catch_every_kind_many_times`."""
    beside = [KINDS["programme_of_others"], KINDS["person_in_two_districts"]]
    shares, missed, told = _measure(sound, [*CUT, *beside], range(1))
    assert all(shares[name] >= least for name, least in LEAST.items()), missed
    assert told["programme_of_others"] == "0 of 1" and told["person_in_two_districts"].startswith("1 of 1: ")


def test_a_plausible_kind_is_critical_and_expects_a_rule_only_where_one_can_tell():
    """None of them may ever count as caught for nothing: `_measure` refuses what no kind expects."""
    assert PLAUSIBLE and all(kind.critical for kind in PLAUSIBLE)
    assert {kind.code for kind in PLAUSIBLE if kind.rules} == {
        "programme_of_others",
        "amount_of_others",
        "digits_swapped_alone",
        "person_in_two_districts",
    }


def some_and_all(module: ModuleType) -> list[object]:
    """Kinds of one module of the kit: a few of them; all in `make prove`."""
    kinds = [kind for kind in LANDING if kind.plant.__module__ == module.__name__]
    return [pytest.param(kinds[::4], id="some"), pytest.param(kinds, id="all", marks=pytest.mark.proof)]


@pytest.mark.slow
@pytest.mark.parametrize("as_first", [False, True], ids=["later", "first"])
@pytest.mark.parametrize("kinds", some_and_all(columns))
def test_a_column_that_slid_is_told_in_a_later_and_in_a_first_delivery(sound, kinds, as_first):
    """But for what no other list says: amounts of one programme, and cards of a list that alone has them."""
    outcomes = list(attempt(sound, kinds, range(1), as_first=as_first))
    assert {one.kind.code for one in outcomes} == {kind.code for kind in kinds}
    missed = {one.kind.code for one in outcomes if not one.is_caught}
    assert missed <= ({"column_slid_amount", "column_slid_card"} if as_first else set()), outcomes


@pytest.mark.slow
@pytest.mark.parametrize("kinds", some_and_all(parts))
def test_what_is_wrong_with_a_part_of_a_list_or_with_whom_it_is_for_is_told(sound, kinds):
    outcomes = list(attempt(sound, kinds, range(1)))
    assert {one.kind.code for one in outcomes} == {kind.code for kind in kinds}
    assert not {one.kind.code: one.told for one in outcomes if not one.is_caught}


@pytest.mark.slow
@pytest.mark.parametrize("kinds", some_and_all(forms))
def test_what_a_form_cannot_say_is_told_in_a_first_delivery(sound, kinds):
    outcomes = list(attempt(sound, kinds, range(1), as_first=True))
    assert {one.kind.code for one in outcomes} == {kind.code for kind in kinds}
    assert all(one.is_caught for one in outcomes), outcomes


@pytest.mark.proof
def test_what_is_caught_of_faults_of_which_every_cell_could_be_so(good, fresh_warehouse):
    _, _, told = _measure(_dropped(good, fresh_warehouse), PLAUSIBLE, range(WHOLE))
    keep(
        "faults_plausible",
        f"Faults of which every cell could be so: {len(PLAUSIBLE)} kinds, all critical, caught at a door",
        list(told.items()),
    )


@pytest.mark.proof
def test_both_doors_catch_every_kind_many_times(good, fresh_warehouse):
    shares, missed, told = _measure(_dropped(good, fresh_warehouse), list(KINDS.values()), range(WHOLE))
    keep(
        "faults",
        f"Faults of {len(KINDS)} kinds, {WHOLE} of each, planted in the sample's deliveries; {len(PLAUSIBLE)} apart",
        [
            ("critical faults caught at a door", f"{100 * shares['critical']:.1f} %"),
            ("all faults caught at a door", f"{100 * shares['all']:.1f} %"),
            (
                "all faults caught, with those of which every cell could be so",
                f"{100 * shares['with these']:.1f} %",
            ),
            ("not caught", "; ".join(missed) or "none"),
            *((f"apart, every cell could be so: {code}", found) for code, found in told.items()),
        ],
    )
    assert all(shares[name] >= least for name, least in LEAST.items()), missed
