from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_reviews_indexes")]
    operations = [migrations.RunSQL("CREATE INDEX job_client_idx ON marketplace_job (client_id)")]
