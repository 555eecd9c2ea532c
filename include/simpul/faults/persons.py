"""Faults in the records of lists: numbers of people and cards, what is said of a person, rupiah."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from simpul.faults.good import Good, Place
from simpul.faults.kinds import change_cell, change_column, is_nik, kind


@kind(
    "nik_lost_digit", "A NIK lost a digit", "NIK kehilangan satu digit", "nik_sixteen_digits", critical=True
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nik", lambda nik: nik[:-1], is_nik)


@kind(
    "nik_extra_digit",
    "A NIK has a digit too many",
    "NIK kelebihan satu digit",
    "nik_sixteen_digits",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nik", lambda nik: nik + nik[-1], is_nik)


@kind(
    "nik_letter",
    "A letter O stands for a zero in a NIK",
    "Huruf O menggantikan nol dalam NIK",
    "nik_sixteen_digits",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good, chance, "nik", lambda nik: nik.replace("0", "O", 1), lambda t: is_nik(t) and "0" in t
    )


@kind("nik_missing", "A NIK is missing", "NIK kosong", "nik_present", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nik", lambda nik: "", is_nik)


@kind(
    "nik_scientific",
    "A spreadsheet made a number of a NIK",
    "NIK menjadi bilangan ilmiah",
    "nik_scientific",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nik", lambda nik: f"{nik[0]},{nik[1:3]}E+15", is_nik)


@kind(
    "nik_column_scientific",
    "A spreadsheet made numbers of all NIKs",
    "Seluruh kolom NIK menjadi bilangan ilmiah",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_column(good, "nik", lambda nik: f"{nik[0]},{nik[1:6]}E+15", is_nik)


@kind(
    "nik_column_rounded",
    "A spreadsheet rounded all NIKs to 15 digits",
    "Seluruh NIK dibulatkan menjadi 15 digit",
    "nik_rounded",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_column(good, "nik", lambda nik: nik[:-1] + "0", is_nik)


@kind(
    "nik_serial_0000",
    "The serial of a NIK was cut to 0000",
    "Nomor urut NIK terpotong menjadi 0000",
    "nik_serial",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nik", lambda nik: nik[:12] + "0000", is_nik)


@kind(
    "nik_unknown_province",
    "A NIK begins with no province",
    "NIK berawalan bukan kode provinsi",
    "nik_province",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good, chance, "nik", lambda nik: chance.choice(("00", "05", "10", "98", "99")) + nik[2:], is_nik
    )


@kind(
    "nik_no_date",
    "The date in a NIK is none",
    "Tanggal dalam NIK tidak mungkin",
    "nik_date_part",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good,
        chance,
        "nik",
        lambda nik: nik[:6] + chance.choice(("320190", "001390", "310490", "720190")) + nik[12:],
        is_nik,
    )


# as the rule `nik_sex` reads them; whoever has neither contradicts nothing
_MEN = ("l", "lk", "laki-laki", "laki laki", "laki - laki", "lelaki", "pria", "m", "1")
_WOMEN = ("p", "pr", "perempuan", "wanita", "f", "2")


@kind(
    "nik_of_other_sex",
    "A NIK says the other sex",
    "NIK menunjukkan jenis kelamin lain",
    "nik_sex",
    "nik_birth_date",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    positions = good.positions("nik", "jenis_kelamin")
    if positions is None or "nik_sex" in good.contract.waives:
        return None
    nik, sex = positions
    # a number that says the other sex already would be made right
    rows = [
        row
        for row in good.filled(nik, is_nik)
        if good.text(row, sex).lower() in (_WOMEN if good.text(row, nik)[6:8] > "40" else _MEN)
        and good.text(row, nik)[6:8] not in ("40", "80")
    ]
    if not rows:
        return None
    row = chance.choice(rows)
    number = good.text(row, nik)
    return [good.put(row, nik, f"{number[:6]}{(int(number[6:8]) + 40) % 80:02d}{number[8:]}")]


@kind(
    "nik_of_other_birth",
    "The birth dates of NIK and record differ",
    "Tanggal lahir pada NIK dan catatan berbeda",
    "nik_birth_date",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.position("tanggal_lahir") is None or "nik_birth_date" in good.contract.waives:
        return None
    return change_cell(
        good,
        chance,
        "nik",
        lambda nik: f"{nik[:10]}{(int(nik[10:12]) + 7) % 100:02d}{nik[12:]}",
        lambda t: is_nik(t) and t[6:10] not in ("2902", "6902"),
    )


@kind(
    "nik_is_card",
    "The family card number stands in the NIK column",
    "Nomor KK tertulis di kolom NIK",
    "nik_not_no_kk",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    card, nik = good.position("no_kk"), good.position("nik")
    if card is None or nik is None or not (rows := good.filled(card, is_nik)):
        return None
    row = chance.choice(rows)
    return [good.put(row, nik, good.text(row, card))]


@kind(
    "nik_twice",
    "Two people of a list have one NIK",
    "Dua orang dalam satu daftar ber-NIK sama",
    "nik_unique",
    "recipient_unique",
    "nik_one_name",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    nik, name = good.position("nik"), good.position("nama")
    if nik is None or name is None or len(rows := good.filled(nik, is_nik)) < 2:
        return None
    one, other = chance.sample(rows, 2)
    return [good.put(one, nik, good.text(other, nik)), good.place(other, nik)]


@kind(
    "card_lost_digit",
    "A family card number lost a digit",
    "Nomor KK kehilangan satu digit",
    "no_kk_sixteen_digits",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "no_kk", lambda card: card[1:], is_nik)


@kind("name_missing", "A record has no name", "Catatan tanpa nama", "nama_required", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nama", lambda name: "")


@kind(
    "name_is_number", "A number stands in the name column", "Bilangan tertulis di kolom nama", "nama_letters"
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nama", lambda name: str(chance.randrange(10_000, 99_999)))


@kind(
    "birth_impossible",
    "A birth date is on no calendar",
    "Tanggal lahir tidak ada di kalender",
    "tanggal_lahir_date",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good, chance, "tanggal_lahir", lambda day: chance.choice(("31-02-1990", "00/13/1985", "1990-04-31"))
    )


@kind(
    "birth_in_future",
    "Somebody is born after the list",
    "Lahir sesudah daftar dibuat",
    "tanggal_lahir_date",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "tanggal_lahir", lambda day: "17-08-2091")


@kind(
    "dates_month_first",
    "All dates put the month first",
    "Seluruh tanggal ditulis dengan bulan di depan",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    form = re.compile(r"(\d{1,2})([/-])(\d{1,2})([/-])(\d{4})")
    position = good.position("tanggal_lahir")
    if (
        position is None
        or len(good.filled(position, lambda t: bool(m := form.fullmatch(t)) and int(m[1]) > 12)) < 8
    ):
        return None
    return change_column(
        good, "tanggal_lahir", lambda day: form.sub(r"\3\2\1\4\5", day), lambda t: bool(form.fullmatch(t))
    )


@kind("sex_unknown", "A sex that nobody knows", "Jenis kelamin tidak dikenal", "jenis_kelamin_known")
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "jenis_kelamin", lambda sex: "X")


@kind(
    "decile_out_of_range", "A decile beyond 1 to 10", "Desil di luar 1 s.d. 10", "desil_range", critical=True
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for field in ("desil", "desil_nasional", "desil_provinsi", "desil_kabupaten"):
        if places := change_cell(good, chance, field, lambda decile: chance.choice(("0", "11", "6-10"))):
            return places
    return None


@kind(
    "amount_in_words", "An amount that is no number", "Nominal bukan bilangan", "nominal_money", critical=True
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nominal", lambda amount: "enam ratus ribu")


@kind("amount_negative", "A negative amount", "Nominal negatif", "nominal_money", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nominal", lambda amount: "-600000")


@kind(
    "amount_times_1000",
    "One amount is a thousand times too high",
    "Satu nominal seribu kali lipat",
    "nominal_money",
    "nominal_plausible",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nominal", lambda amount: f"{re.sub('[^0-9]', '', amount)}000")


@kind(
    "amounts_in_thousands",
    "All amounts are written in thousands",
    "Seluruh nominal ditulis dalam ribuan",
    "nominal_plausible",
    "delivery_amount",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_column(good, "nominal", lambda amount: re.sub("[^0-9]", "", amount)[:-3] or "0")


@kind(
    "amount_of_no_programme",
    "Somebody is paid an amount that no programme pays",
    "Seseorang tertulis menerima nominal yang tidak dibayarkan program mana pun",
    "nominal_of_programme",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _other_amount(good, chance, lambda amount: amount + 13_000)


@kind(
    "amount_lost_zero",
    "One amount lost a zero",
    "Satu nominal kehilangan satu nol",
    "nominal_of_programme",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _other_amount(good, chance, lambda amount: amount // 10)


def _other_amount(good: Good, chance: random.Random, made: Callable[[int], int]) -> list[Place] | None:
    """Change one amount of a programme whose rates are known."""
    amount = good.position("nominal")
    programme = next(
        (p for name in ("jenis_bansos", "program") if (p := good.position(name)) is not None), None
    )
    if amount is None or programme is None:
        return None
    rows = [
        row
        for row in good.filled(programme, lambda text: text.upper() in ("PKH", "SEMBAKO"))
        if len(re.sub("[^0-9]", "", good.text(row, amount))) >= 6
    ]
    if not rows:
        return None
    row = chance.choice(rows)
    return [good.put(row, amount, str(made(int(re.sub("[^0-9]", "", good.text(row, amount))))))]


@kind(
    "name_mojibake",
    "A name was read in another encoding",
    "Nama terbaca dengan pengodean yang lain",
    "nama_letters",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(
        good, chance, "nama", lambda name: f"{name[:2]}\u00e2\u20ac\u2122{name[2:]}", lambda t: len(t) > 3
    )


@kind(
    "name_question_marks",
    "Letters of a name became question marks",
    "Huruf dalam nama menjadi tanda tanya",
    "nama_letters",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nama", lambda name: f"{name[:2]}??{name[4:]}", lambda t: len(t) > 5)


@kind("name_one_letter", "One letter is left of a name", "Nama tinggal satu huruf", "nama_letters")
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return change_cell(good, chance, "nama", lambda name: name[0], lambda t: len(t) > 1 and t[0].isalpha())


@kind(
    "programme_unknown",
    "A programme that nobody knows",
    "Program tidak dikenal",
    "jenis_bansos_known",
    "program_known",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for field in ("jenis_bansos", "program"):
        if places := change_cell(good, chance, field, lambda programme: "BERAS MISKIN SEJAHTERA"):
            return places
    return None
