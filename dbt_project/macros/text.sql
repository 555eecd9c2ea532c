{# Text without the blanks that spreadsheets leave: outer and doubled ones, no-break and zero-width ones.
   Empty, '-' and 'NULL' are NULL. The regular expression only runs for the few values that need it. #}
{% macro clean_text(text) -%}
    nullif(
        nullif(
            nullif(
                case
                    when {{ text }} ~ '[\s\u00a0\u200b\ufeff]{2}|[\t\n\r\u00a0\u200b\ufeff]|^ | $'
                        then btrim(regexp_replace({{ text }}, '[\s\u00a0\u200b\ufeff]+', ' ', 'g'))
                    else {{ text }}
                end,
                ''
            ),
            '-'
        ),
        'NULL'
    )
{%- endmacro %}


{# The form under which a region's name is compared, by the rules of simpul.regions.name_key:
   tests/golden/region_names.csv holds both to one truth table. #}
{% macro name_key(text) -%}
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    lower(btrim(regexp_replace(coalesce({{ text }}, ''), '[\s\u00a0]+', ' ', 'g'))),
                    '^kota[. ]*\m(administrasi|adm)\M[. ]*', 'kota '
                ),
                '^(provinsi|prov|kabupaten|kab|kecamatan|kec|distrik|desa|kelurahan|kel|ds)\M[. ]*((administrasi|adm)\M[. ]*)?', ''
            ),
            '\mkep\M', 'kepulauan', 'g'
        ),
        '[^a-z]', '', 'g'
    )
{%- endmacro %}


{# L/P, 1/2, Laki-laki/Perempuan, Pria/Wanita → male, female; anything else NULL. #}
{% macro sex(text) -%}
    case left(lower(btrim({{ text }})), 2)
        when 'l' then 'male'
        when 'la' then 'male'
        when 'lk' then 'male'
        when 'pr' then case when lower(btrim({{ text }})) like 'pria%' then 'male' else 'female' end
        when '1' then 'male'
        when 'm' then 'male'
        when 'p' then 'female'
        when 'pe' then 'female'
        when 'wa' then 'female'
        when '2' then 'female'
        when 'f' then 'female'
    end
{%- endmacro %}


{# YA/TIDAK, Y/N, Ya/-, Padan/Tidak Padan → boolean. '-' stands for "no" in these columns, empty for "not said". #}
{% macro yes_no(text) -%}
    case lower(btrim({{ text }}))
        when 'ya' then true
        when 'y' then true
        when 'padan' then true
        when '1' then true
        when 'tidak' then false
        when 'tdk' then false
        when 'n' then false
        when '-' then false
        when '0' then false
        when 'tidak padan' then false
    end
{%- endmacro %}


{# Whether a Kemendagri code is that of an upper region or of a part of it. #}
{% macro is_within(region_code, upper_code) -%}
    ({{ upper_code }} = '00' or {{ region_code }} || '.' like {{ upper_code }} || '.%')
{%- endmacro %}


{# `value`, read from a column of a raw table, or NULL where the cell holds what the contract's rule calls missing. #}
{% macro unless_missing(dataset, column, value) -%}
    case
        when
            lower(btrim({{ column }}, E' \t\n\r\u00a0\u200b\ufeff'))
            not in ('{{ missing_spellings(dataset, column) | join("', '") }}')
            then {{ value }}
    end
{%- endmacro %}


{# A text without all but its letters and digits, in lower case. #}
{% macro letters_and_digits(text) -%}
    regexp_replace(lower({{ text }}), '[^a-z0-9]', '', 'g')
{%- endmacro %}


{# The form under which spellings are compared; NULL where no letter or digit is left. #}
{% macro spelling_key(text) -%}
    nullif({{ letters_and_digits(text) }}, '')
{%- endmacro %}


{# The form under which seed_program_alias knows a programme; its year says nothing of which one it is
   (`BLT Dana Desa Tahun 2023`). #}
{% macro programme_key(text) -%}
    nullif(
        regexp_replace(
            case
                when {{ text }} ~ '20[0-9]{2}'
                    then regexp_replace(lower({{ text }}), '(\m(tahun|thn|ta)\M[ .]*)?\m20[0-9]{2}\M', '', 'g')
                else lower({{ text }})
            end,
            '[^a-z0-9]', '', 'g'
        ),
        ''
    )
{%- endmacro %}


{# Whether somebody on a list still gets what it is about: who is listed does, unless a remark says otherwise. Whole
   words where a longer one says something else: `Keluarga Penerima Manfaat` has not left (`keluar`). The death of
   another (`suami meninggal`) ends nothing, but `suami meninggal, pindah` does. #}
{% macro membership_status(remark) -%}
    {%- set ended -%}
        ~* 'non\s*-?\s*aktif|tidak aktif|meninggal|keluar(kan)?\M|hapus|pindah|\mganda\M|graduasi|berhenti|dicabut|mundur|\mstop'
    {%- endset -%}
    case
        when {{ remark }} {{ ended }}
            then case
                when {{ remark }} !~* 'meninggal' or {{ without_deaths_of_others(remark) }} {{ ended }} then 'stopped'
                else 'active'
            end
        else 'active'
    end
{%- endmacro %}


{# Whether a remark says that the person it stands at has died; NULL where it has no such word. `Pengganti, suami
   meninggal` says it of another, `belum meninggal` of nobody. The costly expression only meets remarks with the word. #}
{% macro tells_own_death(remark) -%}
    case when {{ remark }} ~* 'meninggal|wafat' then {{ without_deaths_of_others(remark) }} ~* 'meninggal|wafat' end
{%- endmacro %}


{# A remark without what it tells of another's death, or denies: a relative, the head of a family, a predecessor or who
   inherits is named before the word in the same statement, or right after it. A semicolon ends one. `Meninggal, diganti
   ahli waris` stays: who was replaced has died. #}
{% macro without_deaths_of_others(remark) -%}
    {%- set kin = 'suami|isteri|istri|ayah|bapak|ibu|orang ?tua|ortu|anak|saudara|kakak|adik|pengurus'
        ~ '|kepala keluarga|kepala rumah' -%}
    regexp_replace(
        {{ remark }},
        '\m({{ kin }}|pengganti|menggantikan|ahli ?waris)[^;]*(meninggal|wafat)|\m(tidak|belum|bukan|kk( sudah| telah)?) (meninggal|wafat)|(meninggal|wafat)(nya)?( dunia)? ({{ kin }})',
        '', 'gi'
    )
{%- endmacro %}


{# Columns of one relation, in a list. #}
{% macro columns_of(relation, columns) -%}
    {%- for column in columns %}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
