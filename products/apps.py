from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"

    def ready(self) -> None:
        # Accounts may not import products, yet nobody leaves before their products have a new owner,
        # and a dry run tells what it would do to products too.
        from accounts.services import people, written
        from products.services import history, ownership

        people.successions.append(ownership.hand_over)
        written.logs.append(history.written_by_request)
