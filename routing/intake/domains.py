"""Which domain stands for a company: registrable, public-suffix aware, never free mail."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from urllib.parse import urlsplit

import idna
import tldextract
from disposable_email_domains import blocklist

from routing.intake.domain_lists import FREE_MAIL, FREE_MAIL_FAMILIES, SHARED, SITES_OF_MANY

LONGEST_DOMAIN = 253
LONGEST_SHOWN = 60
HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))+")


class NotAnAccountDomain(ValueError):
    """What somebody entered cannot be the domain of an account; the text says why and what to write."""


@lru_cache(maxsize=10_000)
def registrable_domain(address: str) -> str:
    """The registrable domain of a host, web address or e-mail address; empty if there is none.

    “https://www.globex.co.uk/x” → “globex.co.uk”; “acme.github.io” is a domain of its own, and “github.io”, which
    customers of GitHub share, stands for GitHub.
    """
    host = _host(address)
    if not host:
        return ""
    parts = _suffixes().extract_str(host)
    if parts.is_private and not parts.domain:
        parts = _suffixes().extract_str(host, include_psl_private_domains=False)
    if parts.suffix:
        return f"{parts.domain}.{parts.suffix}" if parts.domain else ""
    return ".".join(host.split(".")[-2:])  # a top level that the list does not know, such as .example


def company_domain(*, email: str, website: str) -> tuple[str, str]:
    """The domain of the company and how it was found; the e-mail address is asked first."""
    mail = registrable_domain(email.rpartition("@")[2])  # many people share it, so that it is looked up once
    if mail and not is_personal(mail):
        return mail, "from the e-mail address"
    site = registrable_domain(website)
    if site and not is_personal(site) and site not in SITES_OF_MANY:
        return site, "from the website"
    return "", ""


def account_domain(text: str, *, excluded: bool = False) -> str:
    """The registrable domain to keep with an account; `excluded`: one that is known not to be the account's.

    Raises NotAnAccountDomain with what is wrong with it.
    """
    domain = registrable_domain(text)
    if not domain:
        raise NotAnAccountDomain(f'"{text[:LONGEST_SHOWN]}" is not a domain. Write one such as globex.com.')
    if is_personal(domain) and not excluded:
        raise NotAnAccountDomain(f'"{domain}" is used by people of many companies, and never shows an account.')
    return domain


def is_personal(domain: str) -> bool:
    """Whether people of no common company have addresses there: free mail, disposable, shared by tenants."""
    return is_free_mail(domain) or is_disposable(domain) or domain in SHARED


def is_free_mail(domain: str) -> bool:
    return domain in FREE_MAIL or domain.partition(".")[0] in FREE_MAIL_FAMILIES


def is_disposable(domain: str) -> bool:
    return domain in blocklist


def stem(domain: str) -> str:
    """The name in a registrable domain: “acme-labs.co.uk” → “acmelabs”."""
    return domain.partition(".")[0].replace("-", "")


def _host(address: str) -> str:
    """The host name in an address, in its ASCII form; empty if there is none, or only a number or a single name."""
    text = unicodedata.normalize("NFKC", address).strip().lower()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, UnicodeError):
        return ""
    host = host.rstrip(".")
    named = HOST.fullmatch(host) and len(host) <= LONGEST_DOMAIN and not host.rpartition(".")[2].isdigit()
    return host if named else ""


@cache
def _suffixes() -> tldextract.TLDExtract:
    """From the list in the package: nothing is fetched, nothing is written."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
