"""The way down to a category, for breadcrumbs."""

from django import template

from products.models import Category
from products.services import category_tree

register = template.Library()


@register.simple_tag
def category_trail(category: Category | str | None) -> list[Category]:
    """From the root to this one; nothing without one, as where a list is not narrowed to a category."""
    return category_tree.trail(category) if isinstance(category, Category) else []
