"""What the evidence allows to say about a leaked file, and what it does not, in both languages."""

from __future__ import annotations

from simpul.trust.export_leak import Candidate, Seen


def verdict(seen: Seen, found: list[Candidate]) -> list[tuple[str, str]]:
    """Sentences, English and Indonesian, that a person may rely on."""
    numbers = {int(mark.split("-")[1]) for mark in seen.marks}
    known = {one.export["export_id"] for one in found if one.has_mark}
    said = []
    for number in sorted(numbers - known):
        said.append(
            (
                f"the file bears the mark of an export {number} that this warehouse never wrote so: it was altered, or"
                " is of another installation",
                f"berkas memuat tanda ekspor {number} yang tidak pernah ditulis gudang data ini: diubah, atau dari"
                " instalasi lain",
            )
        )
    if seen.keyless:
        listed = ", ".join(map(str, sorted(seen.keyless)))
        said.append(
            (
                f"the key of exports {listed} is not in the vault: only their marks and bytes could be compared",
                f"kunci ekspor {listed} tidak ada di brankas: hanya tanda dan byte-nya yang dapat dibandingkan",
            )
        )
    if seen.unsketched:
        listed = ", ".join(map(str, sorted(seen.unsketched)))
        said.append(
            (
                f"of exports {listed} not all columns that tell whom a row is about were kept: a part of them may not"
                " be recognised",
                f"dari ekspor {listed} tidak semua kolom yang menunjuk orang dicatat: sebagian isinya mungkin tidak"
                " dikenali",
            )
        )
    if seen.numbered:
        listed = ", ".join(map(str, sorted(seen.numbered)))
        said.append(
            (
                f"short numbers of the file are also in exports {listed} (numbers of persons or of a list): alone they"
                " are no evidence, for any list counts; compare its other columns by hand",
                f"nomor pendek dalam berkas juga ada di ekspor {listed} (nomor orang atau nomor daftar): itu saja bukan"
                " bukti, sebab setiap daftar bernomor; bandingkan kolom lainnya secara manual",
            )
        )
    if not found:
        said.append(
            (
                "no export is recognised: it may have left by SQL, before exports were kept, or its numbers are spoilt",
                "tidak ada ekspor yang dikenali: mungkin keluar lewat SQL, sebelum ekspor dicatat, atau nomornya rusak",
            )
        )
        return said
    alike = [one.export["export_id"] for one in found if one.strength == found[0].strength]
    said += [
        (
            f"the mark of export {one.export['export_id']} stands in the file, but none of its rows could be compared",
            f"tanda ekspor {one.export['export_id']} ada dalam berkas, tetapi barisnya tidak dapat dibandingkan",
        )
        for one in found
        if one.has_mark and one.is_comparable and not one.overlaps and not one.is_same_bytes
    ]
    if len(known) > 1:
        said.append(
            (
                "the file bears marks of several exports: it was put together of them",
                "berkas memuat tanda beberapa ekspor: berkas ini gabungan",
            )
        )
    if len(alike) > 1:
        listed = ", ".join(map(str, sorted(alike)))
        said.append(
            (
                f"exports {listed} hold these rows alike, and nothing in the file tells which of them it is",
                f"ekspor {listed} sama-sama memuat baris ini; isi berkas tidak menunjukkan yang mana",
            )
        )
    elif not (found[0].has_mark or found[0].is_in_order or found[0].is_same_bytes):
        said.append(
            (
                "mark and order are gone: it is named by its rows alone, which somebody may also have got by SQL",
                "tanda dan urutan sudah hilang: hanya dikenali dari barisnya, yang mungkin juga diambil lewat SQL",
            )
        )
    return said
