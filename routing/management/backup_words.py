"""What the commands of backups say on a terminal."""

from __future__ import annotations

from routing.services.backup import Content, Settled

TOLD = {"leads": "routing_lead", "decisions": "routing_decision", "reps": "reps_rep", "users": "auth_user"}


def described(content: Content) -> str:
    """What a backup holds, in one line."""
    parts = ", ".join(f"{content.rows.get(table, 0):,} {name}" for name, table in TOLD.items())
    everything = f"{sum(content.rows.values()):,} rows of {len(content.rows)} tables"
    return f"{parts}; {everything}, taken {content.taken_at:%Y-%m-%d %H:%M:%S} UTC from {content.database}."


def settled_words(settled: Settled) -> str:
    """What was done so that the product can go on."""
    return (
        f"{settled.erased:,} who were erased since are erased again. {settled.due:,} leads wait to be routed, "
        f"{settled.clocks:,} clocks go on where they stood; not sent because they are older than a day: "
        f"{settled.suppressed:,} messages, {settled.deliveries:,} webhook deliveries. "
        "Start the product now."
    )
