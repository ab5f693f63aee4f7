from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"

    def ready(self) -> None:
        # Accounts may not import products, yet nobody leaves before their products have a new owner.
        from accounts.services import people
        from products.services import ownership

        people.successions.append(ownership.hand_over)
