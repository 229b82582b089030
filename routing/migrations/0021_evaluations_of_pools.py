from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0020_names_in_other_letters")]

    operations = [
        migrations.AlterField(
            model_name="work",
            name="kind",
            field=models.CharField(
                choices=[
                    ("replay", "Replay"),
                    ("repair", "Repair"),
                    ("lint", "Check of the rulebook"),
                    ("check_file", "Check of a file"),
                    ("import", "Import"),
                    ("undo", "Undoing of an import"),
                    ("erase", "Erasure"),
                    ("month", "Monthly report"),
                    ("learn", "Learning of the score"),
                    ("evaluate", "Evaluation of past deals"),
                ],
                max_length=10,
            ),
        ),
    ]
