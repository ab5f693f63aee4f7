"""How numbers and dates are written in a language, where that is not as Django has it."""
