"""Accounts that there are already are found by how their names sound, too."""

from django.db import migrations, transaction

from routing.matching.blocks import BY_SOUND, blocks_by_sound

AT_ONCE = 500


def index_sounds(apps, schema_editor):
    """Add the key that is missing to each name, few accounts at a time: routing goes on beside it."""
    account_model = apps.get_model("routing", "Account")
    after = 0
    while ids := list(account_model.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            list(account_model.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
            _add(apps.get_model("routing", "AccountNameBlock"), ids)
        after = ids[-1]


def _add(block_model, ids):
    kept = block_model.objects.filter(account_id__in=ids)
    names = set(kept.values_list("account_id", "name_key"))
    heard = set(kept.filter(block__startswith=BY_SOUND).values_list("account_id", "name_key"))
    block_model.objects.bulk_create(
        (
            block_model(account_id=account, block=block, name_key=name_key)
            for account, name_key in sorted(names - heard)
            for block in blocks_by_sound(name_key)
        ),
        batch_size=AT_ONCE,
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("routing", "0021_evaluations_of_pools")]

    operations = [migrations.RunPython(index_sounds, migrations.RunPython.noop, elidable=True)]
