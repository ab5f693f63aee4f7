"""Change sets are listed, filtered, paged through, and found by the request that wrote them: an index for each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0002_search_index")]
    operations = [
        migrations.AddIndex("change", models.Index(fields=["change_set", "id"], name="change_by_set")),
        # Its own index is now the first half of that one.
        migrations.AlterField(
            "change",
            "change_set",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="products.changeset",
            ),
        ),
        migrations.AddIndex("changeset", models.Index(fields=["request_id"], name="change_set_by_request")),
        migrations.AddIndex("changeset", models.Index(fields=["kind", "id"], name="change_set_by_kind")),
        migrations.AddIndex("changeset", models.Index(fields=["at"], name="change_set_by_time")),
    ]
