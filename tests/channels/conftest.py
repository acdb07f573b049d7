"""What tests of vendors' channels share with the contract suites."""

from tests.contract.conftest import empty_database

__all__ = ["empty_database"]
