"""The stock gauge: a level bar with a tick at the reorder point."""

import pytest

from products.models import Product
from products.templatetags.gauge import gauge


@pytest.mark.parametrize(
    ("stock", "threshold", "level", "width", "tick"),
    [
        (148, 40, "", "92.5%", "25.0%"),
        (9, 10, "low", "22.5%", "25.0%"),
        (0, 10, "out", "0", "25.0%"),
        (1, 100, "low", "5.0%", "25.0%"),
        (5, 0, "", "100.0%", "0.0%"),
    ],
)
def test_the_gauge_shows_level_and_tick(stock, threshold, level, width, tick):
    drawn = gauge(Product(stock=stock, low_stock_threshold=threshold))
    assert f'class="gauge {level}"' in drawn
    assert f'class="f" y="2" width="{width}"' in drawn
    assert f'class="t" x="{tick}"' in drawn
