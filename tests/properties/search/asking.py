"""Queries over the worlds: every kind of parameter, modifier and prefix, alone, in chains and in `_has`."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.properties.search.reading import BASE, PREFIXES
from tests.properties.search.values import PARAMETERS, TARGETS
from tests.properties.search.worlds import CODES, DATES, IDS, NAMES, NUMBERS, RISKS, SYSTEMS, UNITS, URLS

Pair = tuple[str, str]


def escaped(text: str) -> str:
    for letter in "\\,|$":
        text = text.replace(letter, f"\\{letter}")
    return text


codes = st.sampled_from(CODES).map(escaped)
systems = st.sampled_from(SYSTEMS)
numbers = st.sampled_from([f"{number}" for number in NUMBERS] + ["5.40", "1.0", "100.00"])
orders = st.sampled_from(PREFIXES)
dates = st.builds("{}{}".format, st.sampled_from(("", *PREFIXES)), st.sampled_from(DATES))
quantities = st.builds(
    "{}{}{}".format,
    st.sampled_from(("", *PREFIXES)),
    numbers,
    st.sampled_from(("", *(f"||{unit}" for unit in UNITS), *(f"|urn:u|{unit}" for unit in UNITS))),
)
tokens = codes | st.builds("{}|{}".format, systems, codes) | systems.map("{}|".format) | codes.map("|{}".format)
beginnings = st.sampled_from([name[:length] for name in NAMES for length in (1, 2, len(name))]).map(escaped)


def values(type: str, code: str) -> st.SearchStrategy[Pair]:
    """A modifier (with its colon, or nothing) and a value that fits a parameter."""
    kind, _ = PARAMETERS[type][code]
    missing = st.booleans().map(lambda one: (":missing", "true" if one else "false"))
    return missing | _of_kind(kind, type, code)


def _of_kind(kind: str, type: str, code: str) -> st.SearchStrategy[Pair]:
    if kind == "token":
        return _tokens(code)
    return _references(type, code) if kind == "reference" else _OTHERS[kind]


def _some(one: st.SearchStrategy[str]) -> st.SearchStrategy[Pair]:
    return st.lists(one, min_size=1, max_size=2).map(lambda several: ("", ",".join(several)))


_OTHERS: dict[str, st.SearchStrategy[Pair]] = {
    "string": _some(beginnings)
    | st.sampled_from(NAMES).map(lambda one: (":exact", escaped(one)))
    | st.sampled_from([name[1:5].strip() for name in NAMES if len(name) > 4]).map(lambda one: (":contains", escaped(one))),
    "date": _some(dates),
    "number": _some(st.builds("{}{}".format, st.sampled_from(("", *PREFIXES)), st.sampled_from([f"{one}" for one in RISKS]))),
    "quantity": _some(quantities),
    "uri": st.tuples(st.sampled_from(("", ":below", ":above")), st.sampled_from(URLS)),
    "composite": _some(st.builds("{}${}".format, codes | st.builds("{}|{}".format, systems, codes), quantities)),
}


def _tokens(code: str) -> st.SearchStrategy[Pair]:
    if code == "active":
        return st.tuples(st.sampled_from(("", ":not")), st.sampled_from(("true", "false")))
    if code in ("gender", "status"):
        system = {"gender": "http://hl7.org/fhir/administrative-gender|", "status": "http://hl7.org/fhir/observation-status|"}[
            code
        ]
        words = st.sampled_from(("male", "female", "final", "preliminary", "amended"))
        return st.tuples(st.sampled_from(("", ":not")), st.builds("{}{}".format, st.sampled_from(("", system)), words))
    found = st.tuples(st.sampled_from(("", ":not")), st.lists(tokens, min_size=1, max_size=2).map(",".join))
    if code == "identifier":
        of_type = st.builds("{}|{}|{}".format, systems, codes, codes).map(lambda one: (":of-type", one))
        return found | of_type
    return found | beginnings.map(lambda one: (":text", one))


def _references(type: str, code: str) -> st.SearchStrategy[Pair]:
    within = [f"{target}/{id}" for target in TARGETS[type, code] for id in IDS]
    written = [*IDS, *within, *(f"{one}/_history/1" for one in within), *(f"http://else.example/fhir/{one}" for one in within)]
    written += [f"{BASE}/{one}" for one in within]
    typed = st.tuples(st.sampled_from(TARGETS[type, code]).map(":{}".format), st.sampled_from(IDS))
    return _some(st.sampled_from(written)) | typed | tokens.map(lambda one: (":identifier", one))


@st.composite
def criteria(draw: st.DrawFn, type: str, depth: int = 0) -> Pair:
    """One `name=value`: of the type itself, or of another one at the end of references."""
    way = draw(st.integers(0, 5 if depth < 3 else 3))
    chains = [code for (source, code) in TARGETS if source == type]
    if way == 4 and chains:
        code = draw(st.sampled_from(chains))
        [target] = TARGETS[type, code]
        name, value = draw(criteria(target, depth + 1))
        return f"{code}{draw(st.sampled_from(('', f':{target}')))}.{name}", value
    backward = [(source, code) for (source, code), targets in TARGETS.items() if type in targets]
    if way == 5 and backward:
        source, code = draw(st.sampled_from(backward))
        name, value = draw(criteria(source, depth + 1))
        return f"_has:{source}:{code}:{name}", value
    if way == 3:
        return "_id", draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=2).map(",".join))
    code = draw(st.sampled_from(sorted(PARAMETERS[type])))
    modifier, value = draw(values(type, code))
    return f"{code}{modifier}", value


SORTS = {
    "Patient": (
        "",
        "organization",
        "active,-family,birthdate,-_id",
        "-gender,family",
        "_id",
        "-_id",
        "birthdate",
        "-birthdate,_id",
        "family",
        "-family,birthdate",
        "gender,-_id",
    ),
    "Observation": (
        "",
        "subject,-date",
        "value-quantity,-date,status",
        "value-string,-value-quantity",
        "date",
        "-date",
        "code,-date",
        "-value-quantity",
        "value-quantity,_id",
        "status,-code",
    ),
    "Organization": ("", "name", "-name,_id", "-_lastUpdated"),
    "RiskAssessment": ("", "date", "-date,-_id"),
    "Questionnaire": ("", "url", "-title", "title,-url"),
}


def includes(type: str) -> st.SearchStrategy[list[Pair]]:
    """What is to come with the matches of a type: what they refer to, who refers to them, and so on from there."""
    written = [f"{source}:{code}{end}" for (source, code), (target,) in TARGETS.items() for end in ("", f":{target}")]
    forward = [one for one in written if one.startswith(f"{type}:")]
    backward = [one for one in written if type in TARGETS[tuple(one.split(":")[:2])]]  # type: ignore[index]
    ways = [("_include", one) for one in forward] + [("_revinclude", one) for one in backward]
    ways += [(name, one) for name in ("_include:iterate", "_revinclude:iterate") for one in written]
    return st.lists(st.sampled_from(ways), min_size=1, max_size=4, unique=True)
