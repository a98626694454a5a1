"""What checks shapes and types in tests: beartype, with int accepted for float."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
