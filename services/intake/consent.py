"""Who has said that parties outside are not to be told of them: opted out, by a Consent that denies.

Outside is whoever is not one of the services of this deployment: payers that are asked, subscribers, webhooks. They are asked
about by the party's reference (`Organization/…`). Inside, care goes on as before. Others read the announcements
`Consent.opted-out` and `Consent.opted-in`, or the Flag `urn:careloom:flag|opted-out`, which is active as long as a denial is in
force. A denial of a part (some classes of data, some actions) counts as a whole one for whom it names: what leaves the house
is not filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.fhir.element import codes_in, target_of

from .period import holds
from .vocabulary import ACT_CODE

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"


def may_be_told(consents: Iterable[Mapping[str, Any]], party: str, now: datetime) -> bool:
    """Whether a party outside (`Organization/…`, "" for anybody) may be told of the patient whose Consents these are.

    Any denial in force decides, but for whom it makes an exception of by name. Where nothing is said, it may.
    """
    return not any(_denies(consent, party, now) for consent in consents)


def is_denial(consent: Mapping[str, Any]) -> bool:
    """Whether a Consent in force would keep anybody outside from being told, whenever it is in force."""
    if consent.get("status") != "active" or "patient-privacy" not in codes_in(consent.get("scope"), SCOPE):
        return False
    if "OPTOUT" in codes_in(consent.get("policyRule"), ACT_CODE):
        return True
    root = consent.get("provision", {})
    return any(provision.get("type") == "deny" for provision in (root, *root.get("provision", ())))


def _denies(consent: Mapping[str, Any], party: str, now: datetime) -> bool:
    root = consent.get("provision", {})
    if not is_denial(consent) or not holds(root.get("period"), now):
        return False
    inner = [each for each in root.get("provision", ()) if holds(each.get("period"), now)]
    whole = root.get("type") == "deny" or ("OPTOUT" in codes_in(consent.get("policyRule"), ACT_CODE) and "type" not in root)
    if whole and _concerns(root, party):
        return not any(each.get("type") == "permit" and party and party in _actors(each) for each in inner)
    return any(each.get("type") == "deny" and _concerns(each, party) for each in inner)


def _concerns(provision: Mapping[str, Any], party: str) -> bool:
    """A provision that names nobody is about everybody; one that names others is not."""
    actors = set(_actors(provision))
    return not actors or party in actors


def _actors(provision: Mapping[str, Any]) -> Iterator[str]:
    return (target_of(actor.get("reference")) for actor in provision.get("actor", ()))
