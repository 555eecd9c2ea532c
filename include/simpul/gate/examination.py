"""Run suites with Great Expectations and keep what they found; the only module that drives it."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpul.database import connect
from simpul.errors import SimpulError

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

log = logging.getLogger("simpul.gate")

# BASIC would still list sample values of native column expectations
RESULT_FORMAT = {"result_format": "BASIC", "exclude_unexpected_values": True}
_DATASOURCE = "warehouse"
_SITE = "simpul"
_SERVER_ERROR = re.compile(r"psycopg\.errors\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """What became of one rule: counts and words, never a value."""

    table: str
    rule_code: str
    severity: str
    dimension: str
    column: str | None
    passed: bool
    failing: int
    description_en: str
    description_id: str
    checked: int | None = None
    """Filled in by the door: Great Expectations only counts what breaks the rule."""
    question_hash: str | None = None
    """Filled in by the publication gate: what was asked of which tables, where these cannot change unseen."""
    answered_in: int | None = None
    """The release that was asked the same of the same rows; None: asked anew."""

    @property
    def stops(self) -> bool:
        """A fail-rule that does not hold."""
        return self.severity == "fail" and not self.passed


def load_gx() -> Any:
    """Import Great Expectations (2 s) with its usage statistics off and its noise down."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # must stand before the import
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations

    # its log quotes statements and server messages; what matters comes back in the results, cleaned by us
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    return great_expectations


class Examination:
    """One ephemeral context: the suites of one file or release, and then the site that shows them.

    Args:
        run_name: of the file or release; the pages stand in a folder of this name.
        folder: where the site is to be written.
        schema: where the tables stand.
    """

    def __init__(self, run_name: str, folder: Path, schema: str) -> None:
        gx = load_gx()
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

        self._gx = gx
        # all said at once: every later change would write the whole configuration again (15 ms)
        self._context = gx.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
                data_docs_sites={_SITE: _site(folder)},
                progress_bars={"globally": False},
                analytics_enabled=False,
            ),
        )
        self._run_id = RunIdentifier(run_name=run_name, run_time=datetime.now(UTC))
        # the address is a dummy: connections come from simpul.database, so sockets work and Great Expectations never
        # sees a password that a page or an error could repeat
        self._warehouse = self._context.data_sources.add_postgres(
            _DATASOURCE,
            connection_string="postgresql+psycopg://simpul@warehouse/warehouse",
            kwargs={"creator": partial(_gx_connection, schema), "isolation_level": "AUTOCOMMIT"},
        )

    def validate(self, suite: ExpectationSuite, *, table: str, asset: str) -> list[RuleResult]:
        """Run ``suite`` on ``table``, shown under the name ``asset``.

        Raises:
            SimpulError: an expectation could not be evaluated; a door with a rule nobody could check stays shut.
        """
        # quoted here: GX writes the name as it is, and that of a second receipt of the same bytes ends in -2
        asset_of_table = self._warehouse.add_table_asset(asset, table_name=f'"{table}"')
        batch = asset_of_table.add_batch_definition_whole_table(asset)
        definition = self._context.validation_definitions.add(
            self._gx.ValidationDefinition(name=asset, data=batch, suite=self._context.suites.add(suite))
        )
        outcome = definition.run(result_format=RESULT_FORMAT, run_id=self._run_id)
        return [_rule_result(result, asset) for result in outcome.results]

    def build_site(self) -> None:
        """Write Great Expectations' pages of all suites run so far; no index page, ours stands there."""
        self._context.build_data_docs(site_names=[_SITE], build_index=False)

    def close(self) -> None:
        """Give the connections back."""
        self._warehouse.get_engine().dispose()
        self._warehouse.get_execution_engine().close()


@contextmanager
def examination(run_name: str, folder: Path, schema: str) -> Iterator[Examination]:
    """An `Examination` whose connections are closed at the end."""
    exam = Examination(run_name, folder, schema)
    try:
        yield exam
    finally:
        exam.close()


def _site(folder: Path) -> dict[str, Any]:
    view = {"module_name": "expectations.site.view", "class_name": "PageView"}
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {
            "expectations": {"view": view},
            "validations": {"view": view},
            "profiling": "none",
        },
    }


def _gx_connection(schema: str) -> Any:
    connection = connect(application_name="simpul gate (gx)")
    connection.execute("select set_config('search_path', %s, false)", (schema,))
    connection.commit()
    return connection


def not_checked(what: str, kind: str) -> SimpulError:
    """That a question could not be asked: of the server's error its name alone, for its message may quote a value."""
    return SimpulError(
        f"{what} could not be checked ({kind})",
        code="gate",
        hint="run its query by hand; tables it reads may be missing or of another form",
    )


def _rule_result(result: Any, table: str) -> RuleResult:
    """The outcome of one expectation."""
    config = result.expectation_config
    meta = config.meta
    trouble = result.exception_info or {}
    # one dict, or one per metric that raised
    raised = (
        [trouble] if "raised_exception" in trouble else [t for t in trouble.values() if isinstance(t, dict)]
    )
    if failed := [t for t in raised if t.get("raised_exception")]:
        # the server's message may quote a value: only its name is repeated
        kind = _SERVER_ERROR.search(str(failed[0].get("exception_message")))
        raise not_checked(f"rule '{meta.get('rule_code')}' on {table}", kind[1] if kind else "error")
    observed = result.result.get("observed_value")
    failing = int(observed) if config.type == "broken_rows" else int(not result.success)
    return RuleResult(
        table=table,
        rule_code=meta["rule_code"],
        severity=meta["severity"],
        dimension=meta["dimension"],
        column=meta["column"],
        passed=bool(result.success),
        failing=failing,
        description_en=meta["description_en"],
        description_id=meta["description_id"],
    )
