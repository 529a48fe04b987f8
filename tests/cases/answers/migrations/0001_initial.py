import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Item",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("views", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.UUIDField(primary_key=True, default=uuid.uuid4, serialize=False)),
                ("item", models.ForeignKey("answers.item", models.CASCADE)),
                ("file", models.CharField(max_length=80)),
            ],
        ),
    ]
