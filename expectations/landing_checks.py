"""What the landing gate asks besides the rules of a contract, as plain data: no import of Great Expectations.

Structure is looked at natively, a delivery as a whole by `simpul.gate.deliveries`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from expectations.check import Check, Dimension, check
from simpul.contract import HOUSE, Contract, Severity, Standing
from simpul.gate import (
    amounts,
    cells,
    corrections,
    deliveries,
    earlier,
    families,
    flags,
    forms,
    newcomers,
    of_programme,
    persons,
    places,
    recipients,
    registries,
    totals,
)

COLUMNS_MATCH = "columns_match"
HAS_ROWS = "has_rows"

# nothing of it is asked of PostgreSQL, record by record
_whole = partial(check, query="", standing=Standing(owner="Walidata TKPK", basis=HOUSE))


_MODULES = (
    deliveries,
    corrections,
    persons,
    of_programme,
    registries,
    flags,
    earlier,
    newcomers,
    families,
    cells,
    forms,
    totals,
    amounts,
    places,
    recipients,
)
_BOUNDS = {code: bounds for module in _MODULES for code, bounds in module.BOUNDS.items()}


def _of_delivery(
    code: str,
    dimension: Dimension,
    *,
    en: str,
    id: str,
    severity: Severity = "warn",
    column: str | None = None,
) -> Check:
    return _whole(code, severity, dimension, en=en, id=id, column=column, bounds=_BOUNDS[code])


_COLUMNS = _whole(
    COLUMNS_MATCH, "fail", "structural",
    en="The load table has every column of the contract.",
    id="Tabel muatan memuat semua kolom kontrak.",
)  # fmt: skip
_ROWS = _whole(
    HAS_ROWS, "fail", "structural",
    en="The file holds at least one record.",
    id="Berkas berisi sekurangnya satu rekaman.",
)  # fmt: skip
_DELIVERY = {
    one.code: one
    for one in (
        _of_delivery(
            deliveries.SHRUNK, "analytical",
            en="A correction holds about as many records as what it replaces.",
            id="Berkas perbaikan memuat kurang lebih sebanyak rekaman yang digantikannya.",
        ),
        _of_delivery(
            deliveries.NAMED, "logical",
            en="The name of the file says the period that its records say.",
            id="Nama berkas menyebut periode yang sama dengan isinya.",
        ),
        _of_delivery(
            deliveries.TITLED, "logical",
            en="The titles above the table say a period at most three months from that of the list.",
            id="Judul di atas tabel menyebut periode berselisih paling banyak tiga bulan dari periode daftar.",
        ),
        _of_delivery(
            corrections.PEOPLE_LOST, "analytical",
            en="A correction holds the people of what it replaces, but for four or one in a hundred.",
            id="Berkas perbaikan memuat orang pada daftar yang digantikannya, kecuali empat atau seperseratusnya.",
        ),
        _of_delivery(
            of_programme.NAMED, "logical",
            en="The file is named after the programme that its records say.",
            id="Nama berkas menyebut program yang sama dengan isinya.",
        ),
        _of_delivery(
            of_programme.OTHERS, "logical",
            en="The people are not four fifths of another programme's newest list and hardly any of this one's.",
            id="Orangnya bukan empat perlima daftar program lain terbaru dan nyaris tidak ada pada daftar program ini.",
        ),
        _of_delivery(
            registries.OTHERS, "logical",
            en="Numbers of the registry stand beside the NIKs that its newest list knows them by.",
            id="Nomor registri berdampingan dengan NIK sebagaimana dikenal daftar registri terbaru.",
        ),
        _of_delivery(
            registries.UNKNOWN, "logical",
            en="A fifth of the numbers is in the named registry's newest list; if it has none, they are no other's.",
            id="Seperlima nomor ada dalam daftar registri yang disebut; bila tidak ada, bukan nomor registri lain.",
        ),
        _of_delivery(
            flags.TURNED, "logical",
            en="Who is said to get a programme is paid by its lists at least about as often as the others.",
            id="Yang tercatat penerima suatu program dibayar menurut daftarnya sekurangnya sesering yang lain.",
        ),
        _of_delivery(
            deliveries.SIZE, "analytical",
            en="The list is about as long as the last ones, or as those of the same season in earlier years.",
            id="Panjang daftar kurang lebih sama dengan kiriman terakhir, atau dengan musim yang sama tahun lalu.",
        ),
        _of_delivery(
            deliveries.AMOUNT, "analytical",
            en="The rupiah of the list are about those of the last ones, or of the same season in earlier years.",
            id="Jumlah rupiah daftar kurang lebih sama dengan kiriman terakhir, atau musim yang sama tahun lalu.",
        ),
        _of_delivery(
            deliveries.REPEATED, "analytical",
            en="The rows are not those of an earlier period once more, but for two in a thousand.",
            id="Barisnya bukan baris periode sebelumnya yang dikirim lagi, kecuali dua per seribu.",
        ),
        _of_delivery(
            deliveries.FIGURES, "analytical",
            en="The figures are not those of another year once more (90 % of eight or more; by chance 4 % are equal).",
            id="Angkanya bukan angka tahun lain yang dikirim lagi (90 % dari delapan atau lebih; kebetulan sama 4 %).",
        ),
        _of_delivery(
            deliveries.ROUNDED, "analytical",
            en="Percentages and indices of poverty (eight or more) are not all whole numbers.",
            id="Persentase dan indeks kemiskinan (delapan atau lebih) tidak semuanya bilangan bulat.",
        ),
        _of_delivery(
            deliveries.GAP, "analytical",
            en="No period of the list is left out between the last one and this.",
            id="Tidak ada periode yang terlewat antara kiriman terakhir dan kiriman ini.",
        ),
        _of_delivery(
            deliveries.OTHER_DATASET, "structural",
            en="Earlier files of this name were the same kind of list: no heading that tells it from others is lost.",
            id="Berkas terdahulu bernama serupa adalah daftar sejenis: tidak ada judul kolom pembeda yang hilang.",
        ),
        _of_delivery(
            deliveries.WIDER, "logical",
            en="Earlier files of this name were not of one part of this one's region: no row of elsewhere widened it.",
            id="Berkas terdahulu bernama serupa seluas wilayah ini: tidak ada baris wilayah lain yang memperluasnya.",
        ),
        _of_delivery(
            persons.NAMES, "logical", severity="fail",
            en="Names stand beside the NIKs that other lists and earlier deliveries know them by.",
            id="Nama berdampingan dengan NIK sebagaimana dikenal daftar lain dan kiriman sebelumnya.",
        ),
        _of_delivery(
            persons.MOTHERS, "logical",
            en="Mothers' names stand beside the NIKs that other lists and earlier deliveries know them by.",
            id="Nama ibu kandung berdampingan dengan NIK sebagaimana dikenal daftar lain dan kiriman sebelumnya.",
        ),
        _of_delivery(
            persons.CARDS, "logical",
            en="Numbers of cards do not stand beside the NIKs of people whom others know by another's card.",
            id="Nomor kartu tidak berdampingan dengan NIK orang lain yang dikenal dengan kartunya sendiri.",
        ),
        _of_delivery(
            persons.NIKS, "logical", severity="fail",
            en="People whom other lists know by name and birth date or card have the same NIK there.",
            id="Orang yang dikenal daftar lain menurut nama dan tanggal lahir atau kartu ber-NIK sama di sana.",
        ),
        _of_delivery(
            persons.NIKS_CHANGED, "logical",
            en="People of the list's earlier delivery stand beside the NIK that they had there, but for one in fifty.",
            id="Orang pada kiriman sebelumnya tercantum dengan NIK yang sama, kecuali satu dari lima puluh.",
        ),
        _of_delivery(
            earlier.KEPT, "logical",
            en="What stands beside people is what did in the earlier delivery, as far as such a field stays.",
            id="Isian setiap orang sama dengan kiriman sebelumnya, sejauh isian semacam itu biasanya tetap.",
        ),
        _of_delivery(
            earlier.RESPELT, "structural",
            en="Names are spelt as in the list's earlier delivery, but for at most three in ten.",
            id="Ejaan nama sama dengan kiriman sebelumnya, kecuali paling banyak tiga dari sepuluh.",
        ),
        _of_delivery(
            earlier.EMPTIED, "structural",
            en="Columns are filled about as far as in the list's earlier delivery.",
            id="Kolom terisi kurang lebih sebanyak pada kiriman sebelumnya.",
        ),
        _of_delivery(
            earlier.BLOCK, "logical",
            en="No people who stand together are all said something else of than in the list's earlier delivery.",
            id="Tidak ada orang berurutan yang isiannya semua berbeda dari kiriman sebelumnya.",
        ),
        _of_delivery(
            earlier.EXCHANGED, "logical",
            en="No two columns of answers or ranks were exchanged or copied since the list's earlier delivery.",
            id="Tidak ada dua kolom jawaban atau peringkat yang tertukar atau disalin sejak kiriman sebelumnya.",
        ),
        _of_delivery(
            families.APART, "logical",
            en="The people of a family have one decile and one village, as far as in the list's earlier delivery.",
            id="Anggota satu keluarga berdesil dan berdesa sama, sejauh pada kiriman sebelumnya.",
        ),
        _of_delivery(
            earlier.PART_LOST, "structural",
            en="No district, decile, sex or relation that a twentieth of the earlier delivery had is gone.",
            id="Tidak ada kecamatan, desil, jenis kelamin, atau hubungan seperdua puluh daftar yang hilang.",
        ),
        _of_delivery(
            newcomers.GROWN, "analytical",
            en="No village has a third as many people more, and thirty, than the growth of the other villages says.",
            id="Tidak ada desa yang bertambah sepertiga (dan 30 orang) melebihi pertambahan desa lain.",
        ),
        _of_delivery(
            newcomers.ELSEWHERE, "logical",
            en="People with NIK and family card of one other regency are no more than thrice as many as before.",
            id="Orang ber-NIK dan ber-KK satu kabupaten lain tidak lebih dari tiga kali kiriman sebelumnya.",
        ),
        _of_delivery(
            newcomers.DEAD, "logical",
            en="Names of people who are listed do not say that they died, but for one in a hundred more than before.",
            id="Nama yang masih terdaftar tidak diawali ALM., kecuali seperseratus lebih banyak dari sebelumnya.",
        ),
        _of_delivery(
            newcomers.STOPPED_TOGETHER, "logical",
            en="No people who stand together are all said to have died or stopped since the list's earlier delivery.",
            id="Tidak ada orang berurutan yang semuanya tercatat meninggal atau berhenti sejak kiriman sebelumnya.",
        ),
        _of_delivery(
            persons.AMOUNTS, "analytical",
            en="People are paid what the list paid them in another period more often than by chance.",
            id="Orang menerima nominal seperti pada periode lain lebih sering daripada karena kebetulan.",
        ),
        _of_delivery(
            persons.ALIKE, "structural", severity="fail",
            en="NIKs are not the same few for all records, nor names the same three.",
            id="NIK tidak hanya beberapa yang sama bagi seluruh rekaman, dan nama tidak hanya tiga.",
        ),
        _of_delivery(
            persons.COLUMN_ALIKE, "structural",
            en="Names, mothers' names, cards and addresses are not the same few for all records.",
            id="Nama, nama ibu kandung, nomor kartu, dan alamat tidak hanya beberapa yang sama bagi seluruh rekaman.",
        ),
        _of_delivery(
            persons.CUT, "structural",
            en="Some name of the list is longer than seven letters: names are not cut.",
            id="Ada nama yang lebih dari tujuh huruf: nama tidak terpotong.",
        ),
        _of_delivery(
            cells.SERIES, "structural",
            en="NIKs and family card numbers (of a sample) do not count up from row to row: none was filled down.",
            id="NIK dan nomor KK (dalam sampel) tidak berurutan dari baris ke baris: tidak terisi otomatis ke bawah.",
        ),
        _of_delivery(
            cells.SPOILT, "structural",
            en="No cell (of a sample) holds an error of a spreadsheet (`#REF!`) or codes of a web page (`&amp;`).",
            id="Tidak ada sel (dalam sampel) berisi galat rumus (`#REF!`) atau kode HTML (`&amp;`).",
        ),
        _of_delivery(
            cells.CENTURY, "logical",
            en="No more than one person in fifty (of a sample) was older than 100 years at the list's time.",
            id="Paling banyak satu dari lima puluh orang (dalam sampel) berusia di atas 100 tahun pada masa daftar.",
        ),
        _of_delivery(
            forms.SERIES, "analytical",
            en="The figure is not ten times that of other periods of the region, indicator or office, nor a tenth.",
            id="Angka tidak sepuluh kali (atau sepersepuluh) angka periode lain wilayah, indikator, atau kantor itu.",
        ),
        _of_delivery(
            forms.PEERS, "analytical",
            en="No figure is a hundred times the next of its column (of eight or more).",
            id="Tidak ada angka seratus kali angka terbesar berikutnya di kolomnya (dari delapan atau lebih).",
        ),
        _of_delivery(
            forms.PER_FAMILY, "analytical",
            en="A family gets about as much at each post office: no more than five times what is usual, nor a fifth.",
            id="Dana per keluarga di tiap kantor pos kurang lebih sama: tidak lima kali yang lazim, atau seperlimanya.",
        ),
        _of_delivery(
            forms.LOST, "structural",
            en="The post offices of the recap before are in this one, too (or more than a fifth are others).",
            id="Kantor pos pada rekap sebelumnya ada juga di sini (atau lebih dari seperlimanya berbeda).",
        ),
        _of_delivery(
            forms.MOVED, "logical",
            en="Post offices are in the regency that the recap before had them in.",
            id="Kantor pos berada di kabupaten/kota seperti pada rekap sebelumnya.",
        ),
        _of_delivery(
            totals.DIFFERS, "structural",
            en="A row of totals says what the records above it, or as far as another total, add up to.",
            id="Baris jumlah sama dengan jumlah rekaman di atasnya, atau sampai baris jumlah yang lain.",
        ),
        _of_delivery(
            places.ELSEWHERE, "logical", column="kecamatan",
            en="The district is not one of another regency of the province.",
            id="Kecamatan tidak termasuk wilayah kabupaten/kota lain di provinsi itu.",
        ),
        _of_delivery(
            places.CONTRADICTS, "logical",
            en="The code of the region is not another's than the name beside it, or than the list's.",
            id="Kode wilayah bukan kode wilayah lain daripada nama di sampingnya atau wilayah daftarnya.",
        ),
        _of_delivery(
            recipients.UNKNOWN, "logical", column="program",
            en="The programme is one that seed_program_alias knows; else its recipients count in none.",
            id="Program dikenal oleh seed_program_alias; bila tidak, penerimanya tidak terhitung di program mana pun.",
        ),
        _of_delivery(
            recipients.TWICE, "logical", column="nik",
            en="Nobody is paid twice for one programme and stage that are spelt in two ways.",
            id="Tidak ada yang dibayar dua kali untuk program dan tahap yang sama dengan dua ejaan.",
        ),
        _of_delivery(
            recipients.COLLECTED, "logical", column="no_kks",
            en="No card pays more than five people.",
            id="Tidak ada kartu yang membayar lebih dari lima orang.",
        ),
        _of_delivery(
            recipients.AGED, "logical",
            en="Recipients are of the age that the programme's rules name, but for a tenth.",
            id="Usia penerima sesuai aturan programnya, kecuali sepersepuluh.",
        ),
        _of_delivery(
            recipients.BORN, "logical",
            en="Ages are as far from the births beside them as everybody's of the list, but for a tenth.",
            id="Usia sesuai dengan tanggal lahir di sampingnya, kecuali sepersepuluh.",
        ),
        _of_delivery(
            recipients.STOPPED, "analytical",
            en="Not many more people than in the list's earlier delivery are said to be dead, gone or inactive.",
            id="Yang tercatat meninggal, keluar, atau nonaktif tidak jauh lebih banyak dari kiriman sebelumnya.",
        ),
        _of_delivery(
            amounts.UNPAYABLE, "analytical", column="nominal",
            en="The amount is a sum of what its programmes pay a month, a year or once, or what many get.",
            id="Nominal adalah jumlah besaran programnya sebulan, setahun, atau sekali, atau diterima banyak orang.",
        ),
    )
}  # fmt: skip


def structural_checks() -> tuple[Check, Check]:
    """The checks on a load table as a whole, which stop the file."""
    return _COLUMNS, _ROWS


def delivery_checks(contract: Contract, waived: Collection[str] = ()) -> tuple[Check, ...]:
    """The checks on the delivery as a whole, against earlier ones of its list, other lists and what programmes pay.

    Args:
        contract: the dataset.
        waived: rules that only warn for a while.
    """
    asked = (code for of in _MODULES for code in of.rules_of(contract))
    # of records, which are told by headings that every dataset calls otherwise
    columns = places.columns_of(contract) | forms.columns_of(contract)
    told = (replace(_DELIVERY[code], column=columns.get(code, _DELIVERY[code].column)) for code in asked)
    return tuple(replace(one, severity="warn") if one.code in waived else one for one in told)
