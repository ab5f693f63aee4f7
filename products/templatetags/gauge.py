"""The stock gauge: a level bar with a tick at the reorder point."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from products.models import Product

register = template.Library()


@register.simple_tag
def gauge(product: Product) -> SafeString:
    """Full is four times the threshold, or what is there if that is more; geometry in attributes, so the CSP holds."""
    full = max(4 * product.low_stock_threshold, product.stock, 1)
    level = f"{max(100 * product.stock / full, 5):.1f}%" if product.stock else "0"
    tick = f"{100 * product.low_stock_threshold / full:.1f}%"
    return format_html(
        '<svg class="gauge {}" aria-hidden="true" focusable="false"><rect y="2" width="100%" height="4" rx="2"/>'
        '<rect class="f" y="2" width="{}" height="4" rx="2"/><rect class="t" x="{}" width="1.5" height="8"/></svg>',
        product.stock_level,
        level,
        tick,
    )
