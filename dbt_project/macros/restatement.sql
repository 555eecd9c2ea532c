{# What a restatement compares: the published figures of a table, one row each. `rows` is a FROM item that yields the
   table's rows of one release. A further table needs a name in `compared_marts` and, where each column is a figure, a
   line in `figures_of`.

   No macro here may use a word of dbt's own: `simpul.release.restating` renders the same text for the function
   marts.restatement, which compares any two kept releases. #}
{% macro compared_marts() -%}
    fct_poverty_figure fct_extreme_poverty fct_poverty_target fct_indicator_achievement rpt_program_coverage
    rpt_program_payment rpt_program_overlap rpt_registry_crosswalk rpt_population rpt_finding rpt_nik_quality fct_verval
    rpt_tkpk_compliance fct_social_workforce fct_contribution rpt_uncovered
{%- endmacro %}


{# SELECT of a table's figures. `newest`: a table that tells the state at the release and has no period. #}
{% macro figures_of(mart, rows) -%}
    {%- set families = ['people', 'families'] -%}
    {%- set visits = ['budget_idr', 'target_records', 'verified', 'verified_percent', 'found', 'not_found', 'moved',
        'deceased', 'duplicate', 'result_unknown', 'eligible', 'ineligible', 'eligibility_unknown'] -%}
    {%- set risk = ['records', 'people', 'amount_at_risk_idr', 'paid_amount_idr', 'expected_amount_idr',
        'payments_without_amount', 'added_amount_idr'] -%}
    {%- set paid = ['recipients', 'recipients_without_amount', 'stopped', 'amount_idr', 'combined_amount_idr'] -%}
    {%- set known = families + ['valid_nik_people', 'deceased_people', 'formerly_listed_people'] -%}
    {#- table: (period, what else its rows are told by, columns that are figures, the column with the file
       that told them: one for all, or one for each) -#}
    {%- set wide = {
        'fct_extreme_poverty': ('year', ['line_version'], ['extreme_percent', 'extreme_people'],
            {'extreme_percent': 'source_file_id', 'extreme_people': 'people_source_file_id'}),
        'fct_poverty_target': ('year', ['indicator'], ['target_low', 'target_high'], 'source_file_id'),
        'fct_indicator_achievement': ('year', ['indicator'], ['target', 'realised'], 'source_file_id'),
        'rpt_program_payment': ('period', ['program_code'], paid, none),
        'rpt_program_overlap': ('period', ['programs'], families, none),
        'rpt_registry_crosswalk': (none, ['registries'], known, none),
        'rpt_population': (none, ['decile'], families, none),
        'rpt_finding': ('period', ['rule_code'], risk, none),
        'rpt_uncovered': ('period', ['program_code', 'reason_code', 'decile'], ['uncovered'], none),
        'rpt_nik_quality': ('period', ['dataset', 'nik_status'], ['records'], none),
        'fct_verval': ('year', ['registry'], visits, none),
        'rpt_tkpk_compliance': ('year', [], ['meetings'], none),
        'fct_social_workforce': ('year', ['kind'], ['people'], 'source_file_id'),
        'fct_contribution': ('year', ['kind', 'giver_key'], ['recipients', 'amount_idr'], 'source_file_id')
    } -%}
    {%- if mart == 'fct_poverty_figure' -%}
        {{ figures_of_poverty(rows) }}
    {%- elif mart == 'rpt_program_coverage' -%}
        {{ figures_of_coverage(rows) }}
    {%- else -%}
        {{ figures_of_columns(mart, rows, *wide[mart]) }}
    {%- endif -%}
{%- endmacro %}


{# One row per column of `measures`. Who delivered a row and said no region of it stands under not_said. #}
{% macro figures_of_columns(mart, rows, period, told_by, measures, source) -%}
    {%- set counted = [] -%}
    {%- for measure in measures -%}
        {%- set of = source[measure] if source is mapping else source -%}
        {%- set _ = counted.append(
            "('" ~ measure ~ "', told." ~ measure ~ "::numeric, " ~ ("told." ~ of if of else "null::text") ~ ")"
        ) -%}
    {%- endfor -%}
    {%- set breakdown = [] -%}
    {%- for column in told_by -%}
        {%- set _ = breakdown.append('told.' ~ column) -%}
    {%- endfor -%}
    select
        '{{ mart }}' as table_name,
        coalesce(told.region_code, 'not_said') as region_code,
        told.province_code,
        {{ ('told.' ~ period ~ '::text') if period else "'newest'" }} as period,
        {{ "concat_ws(' / ', " ~ breakdown | join(', ') ~ ')' if breakdown else "''" }} as breakdown,
        figure.measure,
        figure.value,
        case when figure.value is null then 'not_told' end as missing_reason,
        figure.source_file_id
    from (select * from {{ rows }}) as told
    cross join lateral (values {{ counted | join(', ') }}) as figure (measure, value, source_file_id)
{%- endmacro %}


{% macro figures_of_poverty(rows) -%}
    select
        'fct_poverty_figure' as table_name,
        region_code,
        province_code,
        to_char(make_date(year, month, 1), 'YYYY-MM') as period,
        area as breakdown,
        indicator as measure,
        figure as value,
        missing_reason,
        file_id as source_file_id
    from {{ rows }}
{%- endmacro %}


{# The headline: all deciles together. No single file tells a count. #}
{% macro figures_of_coverage(rows) -%}
    select
        'rpt_program_coverage' as table_name,
        headline.region_code,
        headline.province_code,
        headline.period,
        headline.program_code as breakdown,
        counted.measure,
        counted.value,
        case when counted.value is null then 'cannot_be_said' end as missing_reason,
        null::text as source_file_id
    from (
        select
            region_code,
            province_code,
            period,
            program_code,
            sum(in_scope) as in_scope,
            sum(eligible) as eligible,
            sum(enrolled) as enrolled,
            sum(eligible_enrolled) as eligible_enrolled,
            sum(excluded) as excluded,
            sum(included_in_error) as included_in_error,
            sum(unknown_eligibility) as unknown_eligibility,
            sum(unknown_receipt) as unknown_receipt,
            sum(unknown_not_enrolled) as unknown_not_enrolled,
            sum(eligible_where_known) as eligible_where_known,
            sum(enrolled_where_known) as enrolled_where_known
        from {{ rows }}
        group by region_code, province_code, period, program_code
    ) as headline
    cross join lateral (
        values
        ('in_scope', headline.in_scope),
        ('eligible', headline.eligible),
        ('enrolled', headline.enrolled),
        ('eligible_enrolled', headline.eligible_enrolled),
        ('excluded', headline.excluded),
        ('included_in_error', headline.included_in_error),
        ('unknown_eligibility', headline.unknown_eligibility),
        ('unknown_receipt', headline.unknown_receipt),
        ('unknown_not_enrolled', headline.unknown_not_enrolled),
        ('coverage_percent', {{ metric('coverage_percent') }}),
        ('exclusion_error_percent', {{ metric('exclusion_error_percent') }}),
        ('inclusion_error_percent', {{ metric('inclusion_error_percent') }})
    ) as counted (measure, value)
{%- endmacro %}


{# SELECT of the figures that differ between two sets of figures. Who had no figure and has none now is not told. #}
{% macro restated(figures_before, figures_now) -%}
    select
        coalesce(now.table_name, before.table_name) as table_name,
        coalesce(now.region_code, before.region_code) as region_code,
        coalesce(now.province_code, before.province_code) as province_code,
        coalesce(now.period, before.period) as period,
        coalesce(now.breakdown, before.breakdown) as breakdown,
        coalesce(now.measure, before.measure) as measure,
        case
            when before.value is null then 'appeared'
            when now.value is not null then 'revised'
            when now.table_name is not null then 'went_missing'
            else 'withdrawn'
        end as kind,
        before.value as value_before,
        now.value as value_now,
        now.value - before.value as change,
        before.missing_reason as missing_reason_before,
        now.missing_reason as missing_reason_now,
        case when before.value is not null then before.source_file_id end as source_file_id_before,
        now.source_file_id as source_file_id_now
    from ({{ figures_before }}) as before
    full join ({{ figures_now }}) as now
        on
            before.table_name = now.table_name
            and before.region_code = now.region_code
            and before.period = now.period
            and before.breakdown = now.breakdown
            and before.measure = now.measure
    where before.value is distinct from now.value
{%- endmacro %}


{# Why a figure differs, for people: English, or Indonesian (`language` id). `it` is what `restated` yields. #}
{% macro why_restated(it, language='en') -%}
    {%- set words = {
        'appeared': ('No figure was published before', 'Sebelumnya tidak ada angka yang terbit'),
        'went_missing': (
            'It is still told of, but without a figure: see missing_reason_now',
            'Masih dimuat, tetapi tanpa angka: lihat missing_reason_now'
        ),
        'withdrawn': (
            'Nothing that was delivered tells it any more', 'Tidak ada lagi di kiriman mana pun'
        ),
        'counted': (
            'It is counted from what was delivered, and that or the rules have changed',
            'Dihitung dari kiriman; kiriman atau aturannya berubah'
        ),
        'same_file': (
            'The same file is read otherwise: a rule has changed', 'Berkas yang sama dibaca lain: aturannya berubah'
        ),
        'other_file': ('Another file tells another figure', 'Berkas lain memuat angka lain')
    } -%}
    {%- set place = 1 if language == 'id' else 0 -%}
    case
        when {{ it }}.kind <> 'revised' then
            case {{ it }}.kind
                when 'appeared' then '{{ words["appeared"][place] }}'
                when 'went_missing' then '{{ words["went_missing"][place] }}'
                else '{{ words["withdrawn"][place] }}'
            end
        when {{ it }}.source_file_id_now is null then '{{ words["counted"][place] }}'
        when {{ it }}.source_file_id_now = {{ it }}.source_file_id_before then '{{ words["same_file"][place] }}'
        else '{{ words["other_file"][place] }}'
    end
{%- endmacro %}
