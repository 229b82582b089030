from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_the_whole_decision")]

    operations = [
        migrations.AddIndex(
            model_name="scheduledversion",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["publish_at"], name="scheduled_version_due"
            ),
        ),
    ]
