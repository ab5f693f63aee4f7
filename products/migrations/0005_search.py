"""Finding: an index for each filter on offer, and on SQLite one of trigrams, as PostgreSQL has since 0002.

Of what is rare in most catalogues (drafts, archived, low on stock) the index holds those rows alone, in the usual order.
On SQLite the table of trigrams holds no text of its own; three triggers keep it true, whoever writes. Django makes a
table of SQLite anew to change some things of it, and its triggers go with the old one: a migration that does so has to
run `create` again. tests/products/test_search.py would tell.
"""

from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import NullIf

GONE = "INSERT INTO product_search (product_search, rowid, name, sku, barcode) VALUES ('delete', old.id, old.name, old.sku, old.barcode);"
CAME = "INSERT INTO product_search (rowid, name, sku, barcode) VALUES (new.id, new.name, new.sku, new.barcode);"
TRIGGERS = {
    "product_search_insert": f"AFTER INSERT ON products_product BEGIN {CAME} END",
    "product_search_delete": f"AFTER DELETE ON products_product BEGIN {GONE} END",
    "product_search_update": f"AFTER UPDATE OF id, name, sku, barcode ON products_product BEGIN {GONE} {CAME} END",
}


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX product_by_tag ON products_product USING gin (tags jsonb_path_ops)")
        return
    schema_editor.execute(
        "CREATE VIRTUAL TABLE product_search USING fts5("
        "name, sku, barcode, content = 'products_product', content_rowid = 'id', tokenize = 'trigram')"
    )
    schema_editor.execute("INSERT INTO product_search (product_search) VALUES ('rebuild')")
    for name, does in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {does}")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX product_by_tag")
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name}")
    schema_editor.execute("DROP TABLE product_search")


HERE = Q(trashed_at=None)
MARGIN = models.ExpressionWrapper(
    (F("price") - F("cost")) * 100 / NullIf(F("price"), Value(0)), output_field=models.FloatField()
)
LOW = Q(stock__lte=F("low_stock_threshold"), stock__gt=0)
INDEXES = [
    models.Index(fields=["barcode", "id"], name="product_by_barcode", condition=HERE),
    models.Index(fields=["low_stock_threshold"], name="product_by_threshold", condition=HERE),
    models.Index(fields=["cost"], name="product_by_cost", condition=HERE),
    models.Index(MARGIN, name="product_by_margin"),
    models.Index(fields=["created_at", "id"], name="product_by_created", condition=HERE),
    models.Index(fields=["updated_at", "id"], name="product_archived", condition=HERE & Q(archived_at__isnull=False)),
    models.Index(
        fields=["updated_at", "id"], name="product_draft", condition=HERE & Q(archived_at=None, is_public=False)
    ),
    models.Index(fields=["updated_at", "id"], name="product_low", condition=HERE & LOW),
]


class Migration(migrations.Migration):
    dependencies = [("products", "0004_workplace")]
    operations = [*(migrations.AddIndex("product", index) for index in INDEXES), migrations.RunPython(create, drop)]
