{# written by `simpul contracts render` from include/contracts; do not edit #}
{% macro missing_spellings(dataset, column) -%}
    {%- set known = {
        'bpjs.member': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'psnoka_bpjs': ['-', '0', 'null'],
            'status_peserta': ['-', 'null']
        },
        'bpjs.pbi_apbd': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'psnoka_bpjs': ['-', '0', 'null']
        },
        'bpjs.pbi_jk': {
            'kabupaten': ['-', 'null'],
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kk': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'psnoka_bpjs': ['-', '0', 'null'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.dtks': {
            'desa': ['-', 'null'],
            'id_dtks': ['-', '0', 'null'],
            'kabupaten': ['-', 'null'],
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kk': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.dtsen': {
            'desil': ['-', 'null'],
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kk': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.kks_payment': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kks': ['-', '0', 'null']
        },
        'dinsos.p3ke_family': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.p3ke_person': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.payment_recap': {
            'alokasi': ['-', 'null'],
            'nopen': ['-', 'null'],
            'realisasi_kpm': ['-', 'null']
        },
        'dinsos.pbdt2015': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kk': ['0', '-', '--', 'null'],
            'tanggal_lahir': ['-', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.pmks': {
            'jenis_pmks': ['-', 'null'],
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks']
        },
        'dinsos.program_recipient': {
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'program': ['-', 'null']
        },
        'dinsos.regsosek_family': {
            'no_kk': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks']
        },
        'dinsos.regsosek_person': {
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'no_kk': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks'],
            'tanggal_lahir': ['-', '--', '0', 'null', '0000-00-00', '00/00/0000', '00-00-0000']
        },
        'dinsos.social_workforce': {
            'jumlah': ['-']
        },
        'dinsos.verval_result': {
            'hasil': ['-', 'null'],
            'nama': ['-', '--', '.', 'null', '#n/a', '#ref!', '#value!', '#name?'],
            'nik': ['0', '-', '--', 'null', 'n/a', '#n/a', 'nihil', 'tidak ada', 'belum ada', 'nokks']
        }
    } -%}
    {{ return(known[dataset][column]) }}
{%- endmacro %}
