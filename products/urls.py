"""The pages of the catalogue."""

from django.urls import include, path

from products.views import catalogue, changes, price, stock, trash

pages = [
    path("products/", catalogue.list_, name="catalogue-list"),
    path("products/new/", catalogue.create, name="catalogue-create"),
    path("products/<key:pk>/", catalogue.detail, name="catalogue-detail"),
    path("products/<key:pk>/edit/", catalogue.edit, name="catalogue-edit"),
    path("products/<key:pk>/price/", price.show, name="price-show"),
    path("products/<key:pk>/price/edit/", price.edit, name="price-edit"),
    path("products/<key:pk>/stock/", stock.show, name="stock-show"),
    path("products/<key:pk>/stock/adjust/", stock.adjust, name="stock-adjust"),
    path("products/<key:pk>/history/", changes.history, name="changes-history"),
    path("products/<key:pk>/discard/", trash.discard, name="trash-discard"),
    path("trash/", trash.list_, name="trash-list"),
    path("trash/<key:pk>/restore/", trash.restore, name="trash-restore"),
    path("changes/<key:pk>/undo/", changes.undo, name="changes-undo"),
]

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("", include((pages, "products"))),
]
