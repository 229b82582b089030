"""Accounts that there are already are found by their names in other letters, too."""

from collections import defaultdict

from django.db import migrations, transaction

from routing.matching.blocks import blocks_to_store
from routing.matching.spellings import spellings

AT_ONCE = 500


def index_names(apps, schema_editor):
    """Write the keys of names that differ from those kept, few accounts at a time: routing goes on beside it."""
    account_model = apps.get_model("routing", "Account")
    after = 0
    while ids := list(account_model.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            _index(apps, ids)
        after = ids[-1]


def _index(apps, ids):
    account_model, block_model = apps.get_model("routing", "Account"), apps.get_model("routing", "AccountNameBlock")
    current = _names(apps, ids)
    kept = defaultdict(set)
    for account, block, name_key in block_model.objects.filter(account_id__in=ids).values_list(
        "account_id", "block", "name_key"
    ):
        kept[account].add((block, name_key))
    changed = [account for account in ids if kept[account] != current[account]]
    if not changed:
        return
    list(account_model.objects.filter(pk__in=changed).order_by("pk").select_for_update().values_list("pk"))
    current = _names(apps, changed)
    block_model.objects.filter(account_id__in=changed).delete()
    block_model.objects.bulk_create(
        (
            block_model(account_id=account, block=block, name_key=name_key)
            for account in changed
            for block, name_key in sorted(current[account])
        ),
        batch_size=AT_ONCE,
    )


def _names(apps, ids):
    """Account → each key that its names are found by, with the spelling that it stands for."""
    names = apps.get_model("routing", "Account").objects.filter(pk__in=ids).order_by().values_list("pk", "name")
    aliases = apps.get_model("routing", "AccountAlias").objects.filter(account_id__in=ids).order_by()
    found = defaultdict(set)
    for account, name in names.union(aliases.values_list("account_id", "name")):
        for name_key in spellings(name):
            found[account] |= {(block, name_key) for block in blocks_to_store(name_key)}
    return found


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("routing", "0019_what_won_deals_teach")]

    operations = [migrations.RunPython(index_names, migrations.RunPython.noop, elidable=True)]
