{#- What lists say of disability: a case of PMKS of that kind, and the question of 2015 (0 = none). Nothing else tells
    it: the ten questions of DTSEN have no known headings, and what the answers of REGSOSEK mean nobody has published. -#}
with told as (

    select
        {{ record_key("'dinsos.pmks'") }} as record_key,
        true as has_disability
    from {{ ref('stg_dinsos__pmks') }}
    where case_kind_key ~ 'disabilitas|difabel|cacat|tuna(netra|rungu|wicara|daksa|grahita|laras|ganda)'

    union all

    select
        {{ record_key("'dinsos.pbdt2015'") }} as record_key,
        disability !~ '^(0+|tidak.*)$' as has_disability
    from {{ ref('stg_dinsos__pbdt2015') }}
    where disability is not null

)

select * from told
