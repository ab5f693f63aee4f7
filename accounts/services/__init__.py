"""The rules about people, a module per word; doors call them through the module: `people.create(...)`."""
