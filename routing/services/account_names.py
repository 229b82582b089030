"""The keys by which accounts are found whose names are close: kept with their names and aliases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from routing.matching.blocks import blocks_to_store
from routing.matching.spellings import spellings
from routing.models import Account, AccountAlias, AccountNameBlock

AT_ONCE = 1_000


def index_names(*, account_ids: Collection[int]) -> None:
    """Make the keys of these accounts what their names and aliases are now. Call it after either changed."""
    ids = sorted(account_ids)
    for start in range(0, len(ids), AT_ONCE):
        _index(ids[start : start + AT_ONCE])


def _index(ids: Collection[int]) -> None:
    stored = _by_account(AccountNameBlock.objects.filter(account__in=ids).values_list("account_id", "name_key"))
    names = Account.objects.filter(pk__in=ids).order_by().values_list("pk", "name")
    aliases = AccountAlias.objects.filter(account__in=ids).order_by().values_list("account_id", "name")
    current = _by_account((pk, key) for pk, name in names.union(aliases) for key in spellings(name))
    changed = [account for account in ids if stored[account] != current[account]]
    if changed:
        AccountNameBlock.objects.filter(account__in=changed).delete()
        AccountNameBlock.objects.bulk_create(_rows(changed, current), batch_size=AT_ONCE)


def _by_account(pairs: Iterable[tuple[int, str]]) -> defaultdict[int, set[str]]:
    names: defaultdict[int, set[str]] = defaultdict(set)
    for account, name_key in pairs:
        names[account].add(name_key)
    return names


def _rows(accounts: Iterable[int], names: dict[int, set[str]]) -> Iterator[AccountNameBlock]:
    for account in accounts:
        for name_key in sorted(names[account]):
            for block in sorted(blocks_to_store(name_key)):
                yield AccountNameBlock(account_id=account, block=block, name_key=name_key)
