from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"

    def ready(self) -> None:
        # Accounts may not import products, yet nobody leaves before their products have a new owner,
        # a dry run tells what it would do to products too, and another role which products it hides.
        from accounts.services import people, roles, written
        from products.services import history, ownership

        people.successions.append(ownership.hand_over)
        roles.sights.append(ownership.in_sight)
        written.logs.append(history.written_by_request)
