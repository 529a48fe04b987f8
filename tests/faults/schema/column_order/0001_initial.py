from django.db import migrations

TURNED = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT indexname FROM pg_indexes WHERE tablename = 'marketplace_application' AND indexdef LIKE '%(applicant_id)'
    LOOP EXECUTE format('DROP INDEX %I', name); END LOOP;
END $$;
CREATE INDEX application_created_applicant_idx ON marketplace_application (created_at, applicant_id);
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_reviews_indexes")]
    operations = [migrations.RunSQL(TURNED)]
