"""The stock gauge: a level bar with a tick at the reorder point."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

PATTERN = (
    '<svg class="gauge {level}" aria-hidden="true" focusable="false"><rect y="2" width="100%" height="4" rx="2"/>'
    '<rect class="f" y="2" width="{filled}" height="4" rx="2"/><rect class="t" x="{tick}" width="1.5" height="8"/></svg>'
)


def measures(stock: int, threshold: int) -> dict[str, str]:
    """Full is four times the threshold, or what is there if that is more; geometry in attributes, so the CSP holds."""
    full = max(4 * threshold, stock, 1)
    return {
        "level": "out" if stock == 0 else "low" if stock <= threshold else "",
        "filled": f"{max(100 * stock / full, 5):.1f}%" if stock else "0",
        "tick": f"{100 * threshold / full:.1f}%",
    }


@register.simple_tag
def gauge(product: Any) -> SafeString:
    return format_html(PATTERN, **measures(product.stock, product.low_stock_threshold))
