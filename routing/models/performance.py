"""What results teach: numbers and expertise frozen a day, weights tilted a month, what control groups came to."""

from __future__ import annotations

from django.db import models

from routing.models.pools import Pool


class PerformanceTable(models.Model):
    """The numbers of one pool that its decisions of a day are based on (snapshots.performance)."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="performance_tables")
    day = models.DateField()
    content = models.JSONField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "pool"]
        constraints = [models.UniqueConstraint(fields=["pool", "day"], name="performance_table_once_a_day")]

    def __str__(self) -> str:
        return f"{self.pool} on {self.day}"


class WeightTilt(models.Model):
    """By how much results tilt the weights of a pool in a month: rep → factor, 0.5 to 1.5."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="weight_tilts")
    month = models.DateField(help_text="The first day of the month in which it applies.")
    factors = models.JSONField(help_text="Rep (primary key) → factor.")
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "pool"]
        constraints = [models.UniqueConstraint(fields=["pool", "month"], name="weight_tilt_once_a_month")]

    def __str__(self) -> str:
        return f"{self.pool}, {self.month:%B %Y}"


class ControlDay(models.Model):
    """Leads that a pool shared out on a day (UTC), under one version, in its control group or beside it.

    Counted once, when all of them are old enough, so nothing that is corrected, erased or let go of later changes what
    going by results was worth (insights.control_groups).
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    version = models.PositiveIntegerField(help_text="Number of the rulebook that decided them.")
    control = models.BooleanField()
    leads = models.PositiveIntegerField()
    wins = models.PositiveIntegerField(help_text="Won within the days after which a lead counts.")
    by_turn = models.PositiveIntegerField(help_text="Of the leads, those that went by turn whatever the pool's method.")

    class Meta:
        ordering = ["day", "pool", "version", "control"]
        constraints = [models.UniqueConstraint(fields=["day", "pool", "version", "control"], name="control_day_once")]

    def __str__(self) -> str:
        return f"{self.wins} of {self.leads} on {self.day}"


class LearnedExpertise(models.Model):
    """What won deals teach of the expertise of a pool's reps, as of a day (snapshots.expertise)."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="learned_expertise")
    day = models.DateField()
    content = models.JSONField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "pool"]
        constraints = [models.UniqueConstraint(fields=["pool", "day"], name="learned_expertise_once_a_day")]

    def __str__(self) -> str:
        return f"{self.pool} on {self.day}"
