"""Rows of the audit log are only ever added: the database itself refuses to change or remove one.

Emptying the whole database (`flush`, a restore with --replace) is another matter, and says so beforehand: see
execute_sql_flush of leadrouting/sqlite and leadrouting/postgresql. And the admin's own log loses the names of leads.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

TABLE = "routing_auditentry"
SAYS = "The audit log is only ever added to: what was noted stays."
POSTGRESQL = (
    f"""
    CREATE FUNCTION routing_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        IF TG_OP = 'TRUNCATE' AND current_setting('leadrouting.clearing', true) = 'on' THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation';
    END
    $body$
    """,
    f"""
    CREATE TRIGGER routing_audit_rows_stay BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION routing_audit_stays()
    """,
    f"""
    CREATE TRIGGER routing_audit_table_stays BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION routing_audit_stays()
    """,
)
SQLITE = (
    f"""
    CREATE TRIGGER routing_audit_not_changed BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END
    """,
    f"""
    CREATE TRIGGER routing_audit_not_removed BEFORE DELETE ON {TABLE} WHEN NOT leadrouting_clearing()
    BEGIN SELECT RAISE(ABORT, '{SAYS}'); END
    """,
)
UNDO_POSTGRESQL = (
    f"DROP TRIGGER routing_audit_rows_stay ON {TABLE}",
    f"DROP TRIGGER routing_audit_table_stays ON {TABLE}",
    "DROP FUNCTION routing_audit_stays()",
)
UNDO_SQLITE = ("DROP TRIGGER routing_audit_not_changed", "DROP TRIGGER routing_audit_not_removed")


def keep(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, POSTGRESQL, SQLITE)


def let_go(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, UNDO_POSTGRESQL, UNDO_SQLITE)


def _run(schema_editor: Any, postgresql: tuple[str, ...], sqlite: tuple[str, ...]) -> None:
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


def forget_names(apps: Any, schema_editor: Any) -> None:
    """Django's log of the admin called rows by their names: those of leads, identities and mails are persons."""
    log = apps.get_model("admin", "LogEntry").objects.filter(content_type__app_label="routing")
    log.filter(content_type__model__in=["lead", "identity", "signal", "mailboxmessage"]).update(
        object_repr="", change_message=""
    )


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0009_every_door"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunPython(keep, let_go),
        migrations.RunPython(forget_names, migrations.RunPython.noop),
    ]
