"""Headings of the registries as they are met, one list per layout; no table holds data."""

from __future__ import annotations


def cut(headings: str) -> list[str]:
    """One heading line."""
    return headings.split("|")


_PBDT_NUMBERED = cut(
    "ruta_6|ID rumah tangga|Provinsi|Kode Provinsi|Kab/Kota|Kode Kab/Kota|Kecamatan|Kode Kecamatan|Desa/Kelurahan|"
    "Kode Desa/Kelurahan|Nama SLS|Alamat|Nama KRT|Jumlah ART|Jumlah Keluarga|Status bangunan|Status lahan|Luas lantai|"
    "Lantai terluas|Dinding terluas|Kondisi Dinding|Atap Terluas|Kondisi Atap|Jumlah kamar tidur|Sumber air minum|"
    "Cara memperoleh air minum|Sumber penerangan utama|Daya terpasang|Bahan bakar memasak|Fasilitas BAB|Jenis kloset|"
    "Tempat buang tinja|Kepemilikan tabung gas 5,5kg|... lemari es|... ac|... pemanas air|... telepon rumah|"
    "... televisi|... emas dan tabungan|... laptop/komputer|... sepeda|... sepeda motor|... mobil|... perahu|"
    "... motor tempel|... perahu motor|... kapal|Nomor HP  yang aktif|Jumlah ruangan rumah yang ditempati|"
    "Kepemilikan aset tidak bergerak"
)
_PBDT_PLAIN = cut(
    "Luas aset tidak bergerak|Kepemilikan rumah di tempat lain|Jumlah sapi yang dimiliki|Jumlah kerbau yang dimiliki|"
    "Jumlah kuda yang dimiliki|Jumlah babi yang dimiliki|Jumlah kambing/domba yang dimiliki|"
    "Status ART yang memiliki usaha|Status KKS|Status KIP|Status KIS|Status BPJS  mandiri|Status Jamsostek|"
    "Status asuransi kesehatan lainnya|Status PKH|Status Rastra|Status KUR"
)
# no public file names the ten headings on family planning
_PBDT_PLANNING = [f"Keluarga berencana {n}" for n in range(1, 11)]
_PBDT_MEMBER = cut(
    "percentile|Nomor urut ART|Nama ART|NIK|HubKRT|Nomor urut keluarga|Hubungan dengan kepala keluarga|jenis kelamin|"
    "Umur anggota rumah tangga (tahun)|Status perkawinan|Kepemilikan akta/buku nikah|Tercantum di dalam KK|"
    "Kepemilikan kartu identitas|Status kehamilan|Jenis cacat|Penyakit kronis|Partisipasi sekolah|"
    "Pendidikan tertinggi|Kelas tertinggi|Ijazah tertinggi|Bekerja seminggu yg lalu|Jumlah jam kerja|Lapangan usaha|"
    "Status dalam pekerjaan"
)
PBDT = [
    *(f"{text} ({number})" for number, text in enumerate(_PBDT_NUMBERED, 1)),
    *_PBDT_PLAIN,
    *_PBDT_PLANNING,
    *_PBDT_MEMBER,
]
PBDT_TABLE = cut(
    "IDBDT|IDARTBDT|KDPROP|KDKAB|KDKEC|KDDESA|NoPesertaPKH|Nama|JnsKel|TmpLahir|TglLahir|HubKRT|NIK|NoKK|Hub_KRT|NUK|"
    "Hubkel|Umur|Sta_kawin|Ada_akta_nikah|Ada_diKK|Ada_kartu_identitas|Sta_hamil|Jenis_cacat|Penyakit_kronis|"
    "Partisipasi_sekolah|Sta_keberadaan_art|Sta_kepesertaan_pbi|Ada_kks|Ada_pbi|Ada_kip|Ada_pkh|Ada_BPNT|"
    "Anak_diluar_rt|namagadis_ibukandung"
)
CLEANING = cut(
    "NAMA_PENERIMA|NOMOR_KARTU|NIK_KTP|NOKK_DTKS|IDARTBDT|IDKELUARGA|NMPROP|NMKAB|NMKEC|NMKEL|KET_TAMBAHAN"
)
_P3KE = "ID Keluarga P3KE|Provinsi|Kabupaten/Kota|Kecamatan|Desa/Kelurahan|Kode Kemdagri|Desil Kesejahteraan|Alamat"
_RECEIVES = "Penerima BPNT|Penerima BPUM|Penerima BST|Penerima PKH|Penerima SEMBAKO|Resiko Stunting"
P3KE_FAMILY = cut(
    f"{_P3KE}|Kepala Keluarga|NIK|Padan Dukcapil|Jenis Kelamin|Tanggal Lahir|Pekerjaan|Pendidikan|Kepemilikan Rumah|"
    "Memiliki Simpanan Uang/Perhiasan/Ternak/Lainnya|Jenis Atap|Jenis Dinding|Jenis Lantai|Sumber Penerangan|"
    f"Bahan Bakar Memasak|Sumber Air Minum|Memiliki fasilitas Buang Air Besar|{_RECEIVES}"
)
P3KE_PERSON = cut(
    f"{_P3KE}|ID Individu|Nama|NIK|Padan Dukcapil|Jenis Kelamin|Hubungan dengan Kepala Keluarga|Tanggal Lahir|"
    "Status Kawin|Pekerjaan|Pendidikan|Usia dibawah 7 tahun|Usia 7-12|Usia 13-15|Usia 16-18|Usia 19-21|Usia 22-59|"
    f"Usia 60 tahun keatas|{_RECEIVES}"
)
_P3KE_2023 = (
    "Dimuktakhirkan Tahun|Persentil|Prioritas Verval|Usia 2023|Kelompok Usia 2023|Penerima Prakerja|Penerima KUR|"
    "Daya Listrik Terpasang"
)
P3KE_FAMILY_2023 = cut(
    f"{_P3KE}|Nama Kepala Keluarga|NIK Kepala Keluarga|NIK Kepala Keluarga Padan Kemdagri|"
    "Jenis Kelamin Kepala Keluarga|Tanggal Lahir Kepala Keluarga|Status Kawin Kepala Keluarga|"
    "Pekerjaan Kepala Keluarga|Status Pekerjaan Kepala Keluarga|Pendidikan Kepala Keluarga|Kepemilikan Rumah|"
    "Memiliki Simpanan Uang/Perhiasan/Ternak/Lainnya|Kualitas Atap|Kualitas Dinding|Kualitas Lantai|"
    "Sumber Penerangan|Bahan Bakar Memasak|Sumber Air Minum|Memiliki fasilitas Buang Air Besar|"
    f"{_RECEIVES}|{_P3KE_2023}"
)
P3KE_PERSON_2023 = [*P3KE_PERSON, "Status Pekerjaan", *cut(_P3KE_2023)]
P3KE_LOCAL = cut("Kepesertaan DTKS|Verifikasi Lapangan|Pendapatan|VERVAL_memenuhi_kriteria_P3KE")

_PROGRAMMES = (
    "bss_bnpt",
    "pkh",
    "blt_dana_desa",
    "subsidi_listrik",
    "bantuan_pemda",
    "subsidi_pupuk",
    "subsidi_lpg",
)
_ASSETS = cut(
    "tabung_gas_5_5_kg|lemari_es|ac|pemanas_air|telepon_rumah|televisi|perhiasan_10_gr_emas|"
    "komputer_laptop|sepeda_motor|sepeda|mobil|perahu|kapal_perahu_motor|smartphone"
)
_ANIMALS = ("sapi", "kerbau", "kuda", "babi", "kambing_domba")
_PLACE = "kode_provinsi|kode_kabupaten|kode_kecamatan|kode_desa|kode_sls_non_sls|kode_sub_sls"
_BUILDING = "no_urut_bangunan_tinggal|no_urut_keluarga_verif"
REGSOSEK_FAMILY = [
    *cut(
        f"{_PLACE}|nama_sls_non_sls|{_BUILDING}|status_keluarga|kode_landmark_wilkerstat|kd_kk|tanggal_pendataan|"
        "nama_ppl|kode_ppl|tanggal_pemeriksaan|nama_pml|kode_pml|nama_responden|kd_hasil_pendataan_keluarga|"
        "no_hp_responden|kd_stat_bangunan_tinggal|kd_sertiv_lahan_milik|luas_lantai|kd_jenis_lantai_terluas|"
        "kd_jenis_dinding|kd_jenis_atap|kd_sumber_air_minum|kd_jarak_sumber_air_ke_tpl|kd_sumber_penerangan_utama|"
        "kd_daya_terpasang|kd_daya_terpasang2|kd_daya_terpasang3|kd_bahan_bakar_memasak|kd_fasilitas_tempat_bab|"
        "kd_jenis_kloset|kd_pembuangan_akhir_tinja"
    ),
    *(f"{part}_{programme}" for programme in _PROGRAMMES for part in ("kd", "bulan", "tahun")),
    *(f"kd_{asset}" for asset in _ASSETS),
    *(f"jumlah_{animal}" for animal in _ANIMALS),
    *cut("kd_lahan|kd_rumah_ditempat_lain|kd_internet_sebulan|kd_rek_aktif|catatan"),
]
_DIFFICULTIES = cut(
    "penglihatan|pendengaran|jalan_naiktangga|gerak_tangan_jari|"
    "belajar_intelektual|perilaku_emosi|paham_bicara_kom|mandiri|ingat_konsentrasi"
)
REGSOSEK_PERSON = [
    *cut(
        f"{_PLACE}|{_BUILDING}|no_kk|no_urut_art|nama|nik|kd_ket_keberadaan_art|kd_jenis_kelamin|tgl_lahir|umur"
    ),
    *cut(
        "kd_stat_perkawinan|kd_hubungan_dg_kk|kd_punya_kartuid|kd_partisipasi_sekolah|kd_pendidikan_tertinggi|"
        "kd_kelas_tertinggi|kd_ijazah_tertinggi|kd_bekerja_seminggu_lalu|jumlah_jam_kerja_seminggu_lalu|"
        "kd_lapangan_usaha_pekerjaan|kd_kedudukan_di_pekerjaan|kd_punya_npwp|kd_gizi_seimbang"
    ),
    *(f"kd_sulit_{difficulty}" for difficulty in _DIFFICULTIES),
    *cut(
        "kd_sering_sedih_depresi|kd_memiliki_perawat|kd_penyakit_kronis_menahun|kd_jamkes_setahun|kd_ikut_prakerja|"
        "kd_ikut_kur|kd_ikut_umi|kd_ikut_pip|jumlah_jamket_kerja"
    ),
]
# the last row of headings of the village system's workbook
REGSOSEK_FAMILY_NUMBERS = [
    "", "101", "102", "103", "104", "105", "105a Kode Sub SLS", "106", "107", "108", "109", "110 No Urut Keluarga",
    *map(str, range(111, 116)), "201", "202", "202a Kode PPL", "203", "204", "204a Kode Pemeriksa", "Responden",
    "No Hp responden", "205", "301a", "301b", *map(str, range(302, 306)), "306a", "306b", "307a", "307b1", "307b2",
    "307b3", "308", "309a", "309b", "310", *(f"501{n}{part}" for n in "abcdefg" for part in ("", " Bulan", " Tahun")),
    *(f"502{n}" for n in "abcdefghijklmn"), "503a", "503b", *(f"504{n}" for n in "abcde"), "505", "506", "Catatan",
]  # fmt: skip
REGSOSEK_PERSON_NUMBERS = [
    "101", "102", "103", "104", "105", "105a Kode Sub SLS", "109", "110 No Urut Keluarga", "No KK", "401", "402 Nama",
    "403 NIK", *map(str, range(404, 416)), "416a", "416b", "417", "417 Tulis", "418", "419", "420a", "420b", "421",
    "421 Tulis", *map(str, range(422, 428)), *(f"428{n}" for n in "abcdefghij"), "429", "430",
    *(f"431{n}" for n in "abcdef"),
]  # fmt: skip

DTSEN_PERSON = cut(
    "nomor_induk_kependudukan|nomor_kartu_keluarga|nama|tanggal_lahir|jenis_kelamin|status_hubungan_keluarga|"
    "status_kawin|usia|pbi_nas|pbi_pemda|partisipasi_sekolah|jenjang_tertinggi|kelas_tertinggi|ijazah_tertinggi|"
    "status_bekerja|lapangan_usaha_dari_pekerjaan_utama|penyakit_kronis|provinsi|kab|kecamatan|kelurahan_desa|"
    "provinsi_ktp|kab_ktp|kecamatan_ktp|kelurahan_desa_ktp|rt_ktp|rw_ktp|alamat_ktp|pekerjaan_ktp"
)
DTSEN = DTSEN_PERSON + cut(
    "desil_nasional|desil_provinsi|desil_kabupaten_kota|id_pelanggan_pln|status_kepemilikan_rumah|"
    "jenis_lantai_terluas|jenis_dinding_terluas|jenis_atap_terluas|luas_lantai|sumber_air_minum_utama|"
    "sumber_penerangan_utama|daya_terpasang|bahan_bakar_utama_memasak|fasilitas_bab|jenis_kloset|pembuangan_akhir_tinja"
)
DECILES = cut("nomor_kk|nik|nama|desil")

LAYOUTS: dict[str, list[str]] = {
    "dinsos.pbdt2015 tnp2k": PBDT,
    "dinsos.pbdt2015 application": PBDT_TABLE,
    "dinsos.dtks cleaning": CLEANING,
    "dinsos.p3ke_family first": P3KE_FAMILY,
    "dinsos.p3ke_family year_2023": P3KE_FAMILY_2023,
    "dinsos.p3ke_person first": P3KE_PERSON,
    "dinsos.p3ke_person year_2023": P3KE_PERSON_2023,
    "dinsos.regsosek_family field_names": REGSOSEK_FAMILY,
    "dinsos.regsosek_family question_numbers": REGSOSEK_FAMILY_NUMBERS,
    "dinsos.regsosek_person field_names": REGSOSEK_PERSON,
    "dinsos.regsosek_person question_numbers": REGSOSEK_PERSON_NUMBERS,
    "dinsos.dtsen person_family": DTSEN,
    "dinsos.dtsen person": DTSEN_PERSON,
    "dinsos.dtsen decile_list": DECILES,
}
