"""AI agents as reps: alerted by a signed webhook, which they acknowledge or lose the lead."""
