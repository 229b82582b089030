"""Accounts that there are already are found by close names, too."""

from django.db import migrations

from routing.matching.blocks import blocks_to_store

AT_ONCE = 1_000


def index_names(apps, schema_editor):
    """The accounts that there are already are found by close names too."""
    block_model = apps.get_model("routing", "AccountNameBlock")
    names = apps.get_model("routing", "Account").objects.order_by().values_list("pk", "name_key")
    aliases = apps.get_model("routing", "AccountAlias").objects.order_by().values_list("account_id", "name_key")
    rows = []
    for account, name_key in names.union(aliases):
        rows += [block_model(account_id=account, block=block, name_key=name_key) for block in blocks_to_store(name_key)]
        if len(rows) >= AT_ONCE:
            block_model.objects.bulk_create(rows, batch_size=AT_ONCE)
            rows = []
    block_model.objects.bulk_create(rows, batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_the_whole_decision")]

    operations = [migrations.RunPython(index_names, migrations.RunPython.noop, elidable=True)]
