"""Texts that become code, elements, headers or formulas where nobody looked: one list for every test."""

from __future__ import annotations

CANARY = "cn4ry"
"""Part of every payload, so that it is found again wherever it comes out."""
SCRIPTS: tuple[str, ...] = (
    f"<script>alert('{CANARY}')</script>",
    f'"><img src=x onerror=alert("{CANARY}")>',
    f"'><svg/onload=alert(`{CANARY}`)>",
    f"</title></textarea></style></script><script>alert('{CANARY}')</script>",
    f"javascript:alert('{CANARY}')",
    f'" autofocus onfocus=alert("{CANARY}") x="',
    f"<a href=\"javascript:alert('{CANARY}')\">{CANARY}</a>",
    f"--><iframe srcdoc='<script>parent.alert(\"{CANARY}\")</script>'>",
    f"{CANARY}{{{{7*7}}}} {CANARY}{{% firstof 49 %}} {CANARY}${{7*7}} {CANARY}#{{7*7}}",
    f"`);alert('{CANARY}');//",
    f"');alert('{CANARY}');//",
    f"\\u003cscript\\u003ealert('{CANARY}')\\u003c/script\\u003e",
    f"＜script＞alert('{CANARY}')＜/script＞",
    f"<{CANARY} x-data x-init=\"alert('{CANARY}')\" hx-get=/ hx-trigger=load>",
    f"]]><{CANARY}/><![CDATA[",
    f"data:text/html,<script>alert('{CANARY}')</script>",
)
SHORT = f"<{CANARY}>"
"""For columns where no other fits."""
EVALUATED = f"{CANARY}49"
"""What one of them becomes where it is taken for a template."""
MAIL_HEADERS: tuple[str, ...] = tuple(
    f"{CANARY}{breaker}Bcc: evil@evil.example"
    for breaker in ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "%0d%0a")
)
CHATS: tuple[str, ...] = (
    f"<!channel> {CANARY}",
    f"<@U1> {CANARY}",
    f"<https://evil.example|{CANARY}>",
    f"[{CANARY}](https://evil.example)",
    f"*{CANARY}* _{CANARY}_ ~{CANARY}~ `{CANARY}`",
    f"@everyone {CANARY}",
    f"https://evil.example/{CANARY}",
)
FORMULAS: tuple[str, ...] = tuple(
    f'{trigger}HYPERLINK("https://evil.example","{CANARY}")'
    for trigger in ("=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\0=", "＝", "＋", "－", "＠", "\u00a0=", "\ufeff=")
)
LINES: tuple[str, ...] = (
    f'{CANARY}\n{{"level": "critical", "event": "forged"}}',
    f"{CANARY}\x1b[2J\x1b[31m",
    f"{CANARY}\r2026-03-03 forged",
    f"{CANARY}\u2028forged\x85forged\x0bforged\x0cforged",
)
PAYLOADS = (*SCRIPTS, *MAIL_HEADERS, *CHATS, *FORMULAS, *LINES)
