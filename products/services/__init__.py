"""The rules of the catalogue, a module per word; doors call them through the module: `stock.adjust(...)`."""
