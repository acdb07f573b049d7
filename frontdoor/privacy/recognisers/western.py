"""What looks the same everywhere: e-mail addresses, IBANs, addresses of computers, and a British number.

Presidio's own recogniser of e-mail addresses asks a list of domains that it would fetch; ours asks nobody, and does not
take the Chinese words before an address for a part of it.
"""

from presidio_analyzer import PatternRecognizer
from presidio_analyzer.predefined_recognizers import IbanRecognizer, IpRecognizer, UkNinoRecognizer

from frontdoor.privacy.recognisers.shapes import pattern


class Emails(PatternRecognizer):
    """E-mail addresses."""

    def __init__(self) -> None:
        name = r"[A-Za-z0-9](?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,62}[A-Za-z0-9_+-])?"
        text = rf"(?<![A-Za-z0-9.+_-]){name} ?@ ?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,62}}[A-Za-z0-9])?\.){{1,6}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])"
        super().__init__("emails", patterns=[pattern("email", text)])


def ibans() -> IbanRecognizer:
    """Presidio's, with the sum of ISO 7064 and each country's form."""
    return IbanRecognizer(supported_entity="ibans")


def ip_addresses() -> IpRecognizer:
    """Presidio's: IPv4 and IPv6; `::` alone is none."""
    patterns = [each for each in IpRecognizer.PATTERNS if each.score > 0.5]
    return IpRecognizer(supported_entity="ip_addresses", patterns=patterns)


def national_insurance() -> UkNinoRecognizer:
    """Presidio's, of British national insurance numbers."""
    return UkNinoRecognizer(supported_entity="id_cards")
